"""Memory of work that makes very many small objects at a time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for cycles for the time of the block: rows form none, and looking through them all takes long.

    What did form cycles goes at the end, so that block after block does not add up.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if enabled:
            gc.enable()
