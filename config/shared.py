"""What is the same for everybody and seldom changes, kept by each process for about a minute: scenarios, campaigns.

A change in the process itself shows at once, one in another within the minute. Nothing that points or access depend
on is read through here, only what pages show.
"""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from threading import Thread
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.db import Error, connection
from django.db.models import Model, signals
from django.utils import translation

log = logging.getLogger(__name__)

KEPT_S = (45, 75)
"""Spread, so that not all is read anew by one request where nothing stays fresh beside the requests."""
ANEW_S = 30

Read = TypeVar("Read")
_readers: list[Callable[[], Any]] = []


def kept(*models: type[Model]) -> Callable[[Callable[[], Read]], Callable[[], Read]]:
    """For a function that reads these models; its result is kept by language, as names are translated."""

    def decorate(read: Callable[[], Read]) -> Callable[[], Read]:
        @wraps(read)
        def wrapped() -> Read:
            language = translation.get_language()
            return cast(Read, caches["process"].get_or_set(_key(read, language), read, _seconds()))

        def forget_it(**_told: Any) -> None:
            forget(read)

        for model in models:
            for signal in (signals.post_save, signals.post_delete):
                signal.connect(forget_it, sender=model, weak=False)
        _readers.append(read)
        return wrapped

    return decorate


def forget(read: Callable[[], Any]) -> None:
    """Read this anew: it changed here, or what is asked for was made elsewhere in the last minute."""
    caches["process"].delete_many([_key(read, language) for language, _name in settings.LANGUAGES])


def stay_fresh() -> None:
    """Read all of it now, and from now on beside the requests, so that no page has to. Once in a web process."""
    _try_to_refresh()
    Thread(target=_refresh_for_ever, name="shared", daemon=True).start()


def refresh() -> None:
    """Read all of it anew, in every language."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for read in _readers:
                caches["process"].set(_key(read, language), read(), _seconds())


def _refresh_for_ever() -> None:
    while True:
        time.sleep(ANEW_S)
        _try_to_refresh()


def _try_to_refresh() -> None:
    try:
        refresh()
    except Error as error:  # pages read for themselves until the database is back
        log.warning("what pages share could not be read: %s", error)
    finally:
        connection.close()


def _key(read: Callable[[], Any], language: str | None) -> str:
    return f"{read.__module__}:{read.__qualname__}:{language}"


def _seconds() -> float:
    return random.uniform(*KEPT_S)  # noqa: S311  not a secret
