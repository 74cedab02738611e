"""Calls made at the same moment, each on its own database connection. For tests with `transaction=True`."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

from django.db import connections


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the exception that it raised, in the order of the calls."""
    outcomes: list[Any] = [None] * len(calls)
    start = Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=30)
            outcomes[place] = call()
        except Exception as error:  # noqa: BLE001  an outcome, looked at by the test
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a call did not end: a deadlock or an endless wait"
    return outcomes
