"""A hot offer over HTTP: many clients want the few that there are, of a real web server with several workers.

The clients behave as the app does: each makes an id, and sends it again when no answer came. Then one voucher is
confirmed by many tills at once, one id is sent many times, and the books are audited.
"""

import os
import signal
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Event
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from accounts.models import Citizen, User
from ledger import audit as ledger_audit
from ledger.models import Account, Chart, Code
from ledger.posting import Draft, issuance_account, open_accounts, post
from rewards import audit
from rewards.models import Member, Merchant, Offer, Redemption
from sandbox.benchmarks import webserver

SIZES = {"small": {"clients": 500, "stock": 200}, "full": {"clients": 2000, "stock": 800}}
PRICE = 10
TILLS = 20
REPEATS = 50
RETRIES = 20
TIMEOUT_S = 60
HTTP = PoolManager(maxsize=max(size["clients"] for size in SIZES.values()), retries=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told in the end: 0 for nothing at all."""

    status: int
    code: str
    seconds: float
    retries: int
    voucher: str


def run(scale: str, kill: bool = False) -> dict[str, Any]:
    """The figures; with `kill`, a web worker is killed by SIGKILL once a quarter of the clients was answered."""
    size = SIZES[scale]
    tokens, ids = _open_city(size["clients"]), [uuid4() for _ in range(size["clients"])]
    offer = _open_offer(size["stock"])
    with webserver.start() as server:
        server.warm_up(tokens[0])
        killed = Event()

        def strike(answered: int) -> None:
            if kill and answered == size["clients"] // 4 and not killed.is_set():
                os.kill(server.workers()[0], signal.SIGKILL)
                killed.set()

        start = time.perf_counter()
        answers = _at_once([_client(server.url, t, i, offer.pk) for t, i in zip(tokens, ids, strict=True)], strike)
        seconds = time.perf_counter() - start
        figures = {**_count(offer, size, answers, seconds), "killed_workers": int(killed.is_set())}
        return {**figures, **_one_voucher(server.url), **_one_id(server.url), "breaches": _breaches()}


def _count(offer: Offer, size: dict[str, int], answers: list[Answer], seconds: float) -> dict[str, Any]:
    taken = Redemption.objects.filter(offer=offer, state__in=Redemption.TAKEN).count()
    times = sorted(answer.seconds for answer in answers)
    done = sum(answer.status in (200, 201) for answer in answers)
    refused = sum((answer.status, answer.code) == (409, "sold_out") for answer in answers)
    return {
        "stock": size["stock"],
        "clients": size["clients"],
        "succeeded": done,
        "refused": refused,
        "oversold": max(0, taken - size["stock"]),
        "negative_balances": Account.objects.filter(balance__lt=0).count(),
        "errors": len(answers) - done - refused,
        "retries": sum(answer.retries for answer in answers),
        "redemptions": taken,
        "per_s": round(len(answers) / seconds),
        "p50_ms": round(statistics.median(times) * 1000),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000),
    }


def _one_voucher(url: str) -> dict[str, int]:
    """One voucher at many tills at the same moment: how many were told that it is confirmed."""
    offer, token = _open_offer(1), _open_city(1)[0]
    code = _client(url, token, uuid4(), offer.pk)().voucher.replace(" ", "")
    till = User.objects.create_user(username=str(uuid4()))
    Member.objects.create(merchant_id=offer.merchant_id, user=till)
    cookies = f"{settings.SESSION_COOKIE_NAME}={_sign_in(till)}; {settings.CSRF_COOKIE_NAME}={'c' * 32}"

    def confirm() -> int:
        headers = {"Cookie": cookies, "X-CSRFToken": "c" * 32, "Origin": url}
        address = f"{url}/merchant/v/{code}/confirm/"
        answer = HTTP.request("POST", address, headers=headers, redirect=False, timeout=TIMEOUT_S)
        return int("/merchant/done/" in answer.headers.get("Location", ""))

    return {"one_voucher_tills": TILLS, "one_voucher_confirmed": sum(_at_once([confirm] * TILLS))}


def _one_id(url: str) -> dict[str, int]:
    """One id sent many times at the same moment: the redemptions made of it, and the different answers to it."""
    offer, token, id = _open_offer(REPEATS), _open_city(1)[0], uuid4()
    answers = _at_once([_client(url, token, id, offer.pk)] * REPEATS)
    return {
        "one_id_sent": REPEATS,
        "one_id_redemptions": Redemption.objects.filter(offer=offer).count(),
        "one_id_answers": len({(answer.status in (200, 201), answer.voucher) for answer in answers}),
    }


def _client(url: str, token: str, id: UUID, offer_id: UUID) -> Callable[[], Answer]:
    """Redeems under its id until it is answered."""

    def redeem() -> Answer:
        start = time.perf_counter()
        for retry in range(RETRIES):
            try:
                answer = HTTP.request(
                    "PUT",
                    f"{url}/api/v1/redemptions/{id}",
                    json={"offer": str(offer_id)},
                    headers={"X-Session-Token": token},
                    timeout=TIMEOUT_S,
                )
            except HTTPError:
                time.sleep(0.05)
                continue
            if answer.status < 500:
                said, seconds = answer.json(), time.perf_counter() - start
                return Answer(answer.status, said.get("code", ""), seconds, retry, said.get("voucher_code", ""))
        return Answer(0, "", time.perf_counter() - start, RETRIES, "")

    return redeem


def _at_once(calls: Sequence[Callable[[], Any]], after: Callable[[int], None] = lambda answered: None) -> list[Any]:
    """What each call answered; all begin at the same moment. `after` is told how many have answered."""
    gate = Barrier(len(calls))
    answered: list[None] = []

    def call_one(call: Callable[[], Any]) -> Any:
        gate.wait()
        answer = call()
        answered.append(None)
        after(len(answered))
        return answer

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call_one, calls))


def _open_city(people: int) -> list[str]:
    """Citizens who can pay for one and a half, each signed in; their session tokens."""
    users = User.objects.bulk_create([User(username=str(uuid4()), password="!") for _ in range(people)])
    citizens = Citizen.objects.bulk_create([Citizen(user=user) for user in users])
    accounts = open_accounts([citizen.id for citizen in citizens], Chart.CITIZEN)
    issuance = issuance_account()
    post([Draft(c.id, issuance, accounts[c.id], PRICE * 3 // 2, Code.AWARD, c.id) for c in citizens])
    return [_sign_in(user) for user in users]


def _sign_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _open_offer(stock: int) -> Offer:
    now = timezone.now()
    merchant, _new = Merchant.objects.get_or_create(code="bench", defaults={"name_zh": "测", "name_en": "Bench"})
    return Offer.objects.create(
        merchant=merchant,
        state=Offer.State.PUBLISHED,
        title_zh="测",
        title_en="Bench",
        price_points=PRICE,
        stock_total=stock,
        stock_left=stock,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
    )


def _breaches() -> int:
    return sum((audit.run() | ledger_audit.run()).values())
