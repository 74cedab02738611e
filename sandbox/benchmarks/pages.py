"""Pages in a large city: server time through the whole WSGI stack, queries, bytes.

Each request comes from another citizen, picked at random, so that hardly a row is warm for the person; what all
share (scenarios, the total of the city) is warm, as in a city. `cpu_ms` is the work of this process alone, which a busy
machine changes less than the wall clock.
"""

import gzip
import io
import random
import statistics
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import RequestFactory
from django.test.utils import override_settings

from accounts.models import Citizen, User
from config import clock, shared
from config.wsgi import application
from dashboard.city import days, publication
from sandbox.benchmarks import full_city

SIZES = {
    "small": {"citizens": 5_000, "activities_each": 30, "requests": 60},
    "full": {"citizens": 1_000_000, "activities_each": 30, "requests": 300},
}
PAGES = {
    "welcome": "/",
    "city": "/city/",
    "home": "/home/",
    "history": "/history/",
    "history by month": "/history/?by=month&compare=year",
    "entry": "/activities/{activity}/",
    "links": "/links/",
    "rewards": "/rewards/",
    "offer": "/rewards/{offer}/",
    "vouchers": "/vouchers/",
    "ranks": "/ranks/",
    "groups": "/groups/",
    "challenges": "/challenges/",
    "achievements": "/achievements/",
    "notices": "/notices/",
    "me": "/me/",
}
PUBLIC = ("welcome", "city")
WARM_UP = 3


def run(scale: str, citizens: int | None = None) -> dict[str, Any]:
    size = SIZES[scale] | ({"citizens": citizens} if citizens else {})
    start = time.perf_counter()
    if Citizen.objects.count() != size["citizens"]:  # else an earlier run left it
        full_city.found(size["citizens"], size["activities_each"])
    publication.publish_due(clock.city_today())
    days.count(clock.city_today())
    seeded_s = time.perf_counter() - start
    chance = random.Random(2026)
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        pages = [_measure(name, path, size, chance) for name, path in PAGES.items()]
    return {
        "citizens": size["citizens"],
        "activities": size["citizens"] * size["activities_each"],
        "requests": size["requests"],
        "seeded_s": round(seeded_s),
        "pages": pages,
    }


def _measure(name: str, path: str, size: dict[str, int], chance: random.Random) -> dict[str, Any]:
    """One page for many citizens: p50 and p95 (ms), our own share, the most queries, gzip bytes of the largest."""
    shared.refresh()  # as a web process does beside the requests
    times_ms, cpu_ms, queries, sizes = [], [], [], []
    numbers = [chance.randint(1, size["citizens"]) for _number in range(size["requests"] + WARM_UP)]
    sessions = list(_sign_in(numbers)) if name not in PUBLIC else [""] * len(numbers)
    for number, session in zip(numbers, sessions, strict=True):
        address = path.format(activity=full_city.time_key(clock.city_today(), number), offer=full_city.OFFER)
        cpu_s = time.process_time()
        elapsed_ms, count, body = _request(address, session)
        cpu_ms.append((time.process_time() - cpu_s) * 1000)
        times_ms.append(elapsed_ms)
        queries.append(count)
        sizes.append(len(gzip.compress(body, 6)))
    ordered = sorted(times_ms[WARM_UP:])
    return {
        "name": name,
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[len(ordered) * 95 // 100], 1),
        "cpu_ms": round(statistics.median(cpu_ms[WARM_UP:]), 1),
        "queries": max(queries[WARM_UP:]),
        "bytes": max(sizes),
    }


def _sign_in(numbers: list[int]) -> Iterator[str]:
    """A session for each citizen, as signing in leaves it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for number in numbers:
        user = User.objects.get(pk=full_city.key("user", number))
        session = store()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        yield session.session_key


def _request(address: str, session: str) -> tuple[float, int, bytes]:
    """Milliseconds, queries and body of one request. Raises RuntimeError for anything but 200."""
    environ = RequestFactory().get(address).environ | {"wsgi.input": io.BytesIO()}
    if session:
        environ["HTTP_COOKIE"] = f"{settings.SESSION_COOKIE_NAME}={session}"
    answered: list[str] = []
    count = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    def start_response(status: str, headers: Any, error: Any = None, /) -> Callable[[bytes], object]:
        answered.append(status)
        return lambda part: None

    start = time.perf_counter()
    with connection.execute_wrapper(counted):
        response = application(environ, start_response)
        body = b"".join(response)
    elapsed_ms = (time.perf_counter() - start) * 1000
    response.close()
    if not answered[0].startswith("200"):
        raise RuntimeError(f"{address}: {answered[0]}")
    return elapsed_ms, count, body
