"""What is the same for everybody and seldom changes, kept by each process for about a minute: scenarios, campaigns.

A change in the process itself shows at once, one in another within the minute. Nothing that points or access depend
on is read through here, only what pages show.
"""

import random
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.core.cache import caches
from django.db.models import Model, signals
from django.utils.translation import get_language

KEPT_S = (45, 75)
Asked = ParamSpec("Asked")
Read = TypeVar("Read")


def kept(*models: type[Model]) -> Callable[[Callable[Asked, Read]], Callable[Asked, Read]]:
    """For a function that reads these models; its result is kept by language, as names are translated."""

    def decorate(read: Callable[Asked, Read]) -> Callable[Asked, Read]:
        @wraps(read)
        def wrapped(*arguments: Asked.args, **named: Asked.kwargs) -> Read:
            key = ":".join(map(str, (read.__module__, read.__qualname__, get_language(), *arguments, *named.values())))
            spread_s = random.uniform(*KEPT_S)  # noqa: S311  so that not all is read anew by one request
            return cast(Read, caches["process"].get_or_set(key, lambda: read(*arguments, **named), spread_s))

        for model in models:
            for signal in (signals.post_save, signals.post_delete):
                signal.connect(forget, sender=model, dispatch_uid="shared")
        return wrapped

    return decorate


def forget(**_told: Any) -> None:
    """Read all of it anew: it changed here, or what is asked for was made elsewhere in the last minute."""
    caches["process"].clear()
