"""How gunicorn serves the city: `gunicorn --config python:config.gunicorn config.wsgi`; its own options go first."""

import os
from typing import Any

preload_app = True
"""A worker that is replaced is ready at once, and workers share the memory of the code."""

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # as gunicorn itself reads it
threads = 8


def post_worker_init(_worker: Any) -> None:
    from config import shared  # only now are there settings

    shared.stay_fresh()
