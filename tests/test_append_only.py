"""What is written once stays: the database refuses to change, delete or empty it, whoever asks."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from config import clock
from ledger import budgets, holds
from ledger.models import Programme
from ledger.posting import post
from rewards import closing, offers, payouts, redemption
from rewards.models import Contract, Handover, Member, Merchant, Offer, Planting, Redemption
from tests.ledger.book import award, holder, rule_of_before

YESTERDAY = clock.city_today() - timedelta(days=1)
TABLES = {
    "ledger_transfer": "amount = amount + 1",
    "ledger_reversal": "transfer_id = gen_random_uuid()",
    "ledger_funding": "points = points + 1",
    "ledger_expiryrule": "life_months = life_months + 1",
    "rewards_contract": "account_name = 'somebody else'",
    "rewards_batch": "payable_fen = payable_fen + 1",
    "rewards_line": "payable_fen = payable_fen + 1",
    "rewards_payment": "contract_id = contract_id",
    "rewards_paymentfile": "xml_encrypted = ''",
    "rewards_step": "state = state",
    "rewards_offerstep": "note = 'otherwise'",
    "rewards_planting": "trees = trees + 1",
    "rewards_handover": "gifts = gifts + 1",
}
"""Tables that are append-only (a settlement once it is closed), each with a change of its rows."""


@pytest.fixture
def written(alice, give_points) -> None:
    """A row of each, made as they are made."""
    rule_of_before(date(2026, 1, 1), 12, 12)
    bank = budgets.open_programme(Programme(code="bank", kind="sponsor", name_zh="银行", name_en="Bank"))
    budgets.fund(uuid4(), bank.pk, 10, "paper", "staff")
    post([award("bob", 5)])
    holds.place(uuid4(), holder("bob"), 2, clock.day_end(clock.city_today()))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_reversal (transfer_id) VALUES (gen_random_uuid())")
    give_points(alice.id, 50)
    _settle(alice)
    connection.check_constraints()  # as at the end of their transactions


def _settle(citizen) -> None:
    cafe = Merchant.objects.create(code="cafe", name_zh="咖啡", name_en="Café")
    contract = Contract(merchant=cafe, valid_from=date(2026, 1, 1), account_name="Café", bank_code="102331002345")
    contract.account_number = "6222020000001234567"
    contract.save()
    user = User.objects.create_user(username="staff")
    offer = Offer.objects.create(
        merchant=cafe,
        title_zh="一杯",
        title_en="A cup",
        price_points=10,
        value_fen=1000,
        stock_total=5,
        stock_left=5,
        starts_at=clock.day_start(YESTERDAY),
        ends_at=clock.day_end(clock.city_today()),
    )
    offers.move(offer, Offer.State.PUBLISHED, user)
    made, _new = redemption.redeem(uuid4(), citizen, offer.id)
    redemption.confirm(made.voucher_code, Member.objects.create(merchant=cafe, user=user))
    Redemption.objects.update(closed_at=clock.day_start(YESTERDAY))
    payouts.send([closing.close(cafe, YESTERDAY).id], "staff")
    Planting.objects.create(
        offer=offer, trees=1, planted_on=YESTERDAY, latitude_e6=0, longitude_e6=0, photo="x", certificate="1"
    )
    Handover.objects.create(offer=offer, gifts=1, amount_fen=1, received_on=YESTERDAY, photo="x", receipt="1")


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_it_is_not_changed_deleted_or_emptied(table, written):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0
    for command in (f"UPDATE {table} SET {TABLES[table]}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with (
            pytest.raises(IntegrityError, match=r"append-only|is closed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(command)
