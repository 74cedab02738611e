"""The queue's worker, run until nothing is left to do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from procrastinate.contrib.django import app


@pytest.fixture
def work() -> Callable[[], None]:
    """Do every job that waits, as the worker process does."""

    def run() -> None:
        try:
            with app.replace_connector(app.connector.get_worker_connector()) as worker:
                worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
        finally:
            connection.close()

    def run_apart() -> None:  # the browser keeps an event loop in the thread of the test
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()

    return run_apart
