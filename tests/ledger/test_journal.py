"""Another program adds the journal up and finds the same balances."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from beancount import loader
from beancount.core import realization
from django.core.management import call_command
from django.utils import timezone

from config import clock
from ledger import clawback, holds, journal
from ledger.clawback import Clawback
from ledger.models import Account, Chart
from ledger.posting import post
from ledger.statements import derived_balance
from tests.ledger.book import award, holder


def balances(text: str) -> dict[str, int]:
    entries, errors, _options = loader.load_string(text)
    assert errors == []
    root = realization.realize(entries)
    return {
        real.account: int(real.balance.get_currency_units(journal.COMMODITY).number)
        for real in realization.iter_children(root, leaf_only=True)
    }


@pytest.fixture
def book(db):
    later = timezone.now() + timedelta(days=1)
    wrong = award("alice", 13)
    post([wrong, award("bob", 8), award("carol", 5)])
    clawback.claw_back([Clawback(uuid4(), holder("alice"), 13, wrong.id)])
    post([award("alice", 20)])
    holds.settle(holds.place(uuid4(), holder("alice"), 9, later).id, holder("shop"))
    holds.release(holds.place(uuid4(), holder("bob"), 2, later).id)
    holds.place(uuid4(), holder("bob"), 3, later)
    clawback.claw_back([Clawback(uuid4(), holder("carol"), 7, uuid4()), Clawback(uuid4(), holder("bob"), 1, uuid4())])


@pytest.mark.parametrize("days", [(), ("--from", 0), ("--from", 1), ("--from", -1, "--until", 1)])
def test_beancount_finds_the_balances_of_the_book(book, days):
    today = clock.city_today()
    arguments = [str(today + timedelta(days=part)) if isinstance(part, int) else part for part in days]
    out = StringIO()
    call_command("journal", *arguments, stdout=out)
    expected = {journal.name(a.code, a.holder.hex): -derived_balance(a.id) for a in Account.objects.all()}
    assert balances(out.getvalue()) == expected
    assert expected[journal.name(Chart.OWED, holder("carol").hex)] == 2


def test_before_the_first_day_there_is_nothing(book):
    out = StringIO()
    call_command("journal", "--until", str(clock.city_today() - timedelta(days=1)), stdout=out)
    assert set(balances(out.getvalue()).values()) == {0}
