"""How often one person may do what could be misused: guessing codes, filling the database, asking for copies.

Counted where it is done, so that pages and API share a limit, and in the cache, so that a refused request counts too.
"""

import time
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from config.problems import Problem

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


class TooMany(Problem):
    status, code, title = 429, "throttled", _("Too many requests. Please try again later.")

    def __init__(self, wait_s: int = MINUTE_S) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(wait_s)}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so often within so many seconds."""

    name: str
    most: int
    within_s: int

    def count(self, who: object) -> None:
        """Count one more; raises TooMany with the seconds until the oldest one is over."""
        key, now = f"limit:{self.name}:{who}", time.time()
        history = [at for at in cache.get(key, []) if at > now - self.within_s]
        if len(history) >= self.most:
            raise TooMany(int(history[0] + self.within_s - now) + 1)
        cache.set(key, [*history, now], self.within_s)
