"""Workers as processes of their own."""

import os
from collections.abc import Callable

from django.db import connection


def fork(work: Callable[[], object]) -> int:
    """The id of a process that does the work on its own connection; it ends with 0 where that went well."""
    connection.close()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)
