"""Merchants, offers and vouchers, made as staff and citizens make them."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Citizen, User
from ledger import audit as ledger_audit
from rewards import audit, redemption
from rewards.models import Contract, Member, Merchant, Offer, Redemption


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


def end(offer: Offer) -> None:
    """As if the time had gone by; nobody else moves the end of a published lottery."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Offer.objects.filter(id=offer.id).update(
            starts_at=timezone.now() - timedelta(days=2), ends_at=timezone.now() - timedelta(seconds=1)
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def make_contract(db) -> Callable[..., Contract]:
    """2.5 % fee."""

    def make(merchant: Merchant, number: str = "6222020000001234567", **fields) -> Contract:
        agreed = {
            "valid_from": date(2026, 1, 1),
            "fee_bp": 250,
            "account_name": "街角咖啡店",
            "bank_code": "102331002345",
        }
        made = Contract(merchant=merchant, **{**agreed, **fields})
        made.account_number = number
        made.save()
        return made

    return make


@pytest.fixture
def contract(cafe, make_contract) -> Contract:
    return make_contract(cafe)


@pytest.fixture
def use(rich, clerk) -> Callable[..., Redemption]:
    """Redeem and confirm, some days ago."""

    def make(offer: Offer, days_ago: int = 2) -> Redemption:
        made, _new = redemption.redeem(uuid4(), rich, offer.id)
        redemption.confirm(made.voucher_code, clerk)
        Redemption.objects.filter(id=made.id).update(closed_at=timezone.now() - timedelta(days=days_ago))
        return made

    return make


@pytest.fixture
def make_staff(db) -> Callable[..., User]:
    """Somebody at the desk with these rights of rewards and no others."""

    def make(*rights: str) -> User:
        user = User.objects.create_user(username=str(uuid4()), is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="rewards", codename__in=rights))
        assert user.user_permissions.count() == len(rights)
        return user

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
