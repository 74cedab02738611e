"""Merchants, offers and vouchers, made as staff and citizens make them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Citizen, User
from ledger import audit as ledger_audit
from rewards import audit, redemption
from rewards.models import Member, Merchant, Offer, Redemption


@pytest.fixture
def make_merchant(db) -> Callable[..., Merchant]:
    def make(code: str = "cafe", **fields) -> Merchant:
        names = {"name_zh": f"商户{code}", "name_en": f"Merchant {code}"}
        return Merchant.objects.create(code=code, **{**names, **fields})

    return make


@pytest.fixture
def cafe(make_merchant) -> Merchant:
    return make_merchant("cafe", name_zh="街角咖啡", name_en="Corner Café")


@pytest.fixture
def make_member(db) -> Callable[..., Member]:
    def make(merchant: Merchant, role: str = Member.Role.CASHIER, user: User | None = None) -> Member:
        user = user or User.objects.create_user(username=str(uuid4()), email=f"{uuid4()}@example.org")
        return Member.objects.create(merchant=merchant, user=user, role=role)

    return make


@pytest.fixture
def clerk(cafe, make_member) -> Member:
    return make_member(cafe)


@pytest.fixture
def owner(cafe, make_member) -> Member:
    return make_member(cafe, Member.Role.OWNER)


@pytest.fixture
def make_offer(cafe) -> Callable[..., Offer]:
    def make(price_points: int = 10, stock: int = 5, **fields) -> Offer:
        now = timezone.now()
        defaults = {
            "merchant": cafe,
            "title_zh": "一杯美式",
            "title_en": "An Americano",
            "value_fen": 1550,
            "state": Offer.State.PUBLISHED,
            "starts_at": now - timedelta(days=1),
            "ends_at": now + timedelta(days=30),
        }
        return Offer.objects.create(
            price_points=price_points, stock_total=stock, stock_left=stock, **{**defaults, **fields}
        )

    return make


@pytest.fixture
def coffee(make_offer) -> Offer:
    """10 points, 5 in stock."""
    return make_offer()


@pytest.fixture
def rich(alice, give_points) -> Citizen:
    """Alice with 100 points."""
    give_points(alice.id, 100)
    return alice


@pytest.fixture
def voucher(rich, coffee) -> Redemption:
    """Alice's coffee, ready to use."""
    return redemption.redeem(uuid4(), rich, coffee.id)[0]


@pytest.fixture
def make_due(db) -> Callable[[Redemption], None]:
    """Move a voucher's end into the past, in both books, as if the time had gone by."""

    def make(made: Redemption) -> None:
        past = timezone.now() - timedelta(minutes=1)
        Redemption.objects.filter(id=made.id).update(expires_at=past)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ledger_hold SET expires_at = %s WHERE id = %s", [past, made.id])

    return make


@pytest.fixture
def sound(db):
    """Stock, redemptions and ledger agree after the test."""
    yield
    assert_sound()


def assert_sound() -> None:
    found = {**ledger_audit.run(), **audit.run()}
    assert set(found.values()) == {0}, found


@pytest.fixture
def fingerprint(db) -> Callable[[], list]:
    """Every row of stock, counts, redemptions, their steps and ledger, as text."""

    def read() -> list:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a::text FROM ledger_account a UNION ALL SELECT t::text FROM ledger_transfer t "
                "UNION ALL SELECT h::text FROM ledger_hold h UNION ALL SELECT o::text FROM rewards_offer o "
                "UNION ALL SELECT r::text FROM rewards_redemption r UNION ALL SELECT s::text FROM rewards_step s "
                "UNION ALL SELECT n::text FROM rewards_taken n ORDER BY 1"
            )
            return cursor.fetchall()

    return read
