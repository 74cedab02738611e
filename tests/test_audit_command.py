"""The audit command: silent success while the books are sound, an exit that wakes somebody when they are not."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from activities.models import Tally
from ledger.models import Account, Chart


def audit() -> dict:
    out = io.StringIO()
    try:
        call_command("audit", "--json", stdout=out)
    finally:
        audit.printed = json.loads(out.getvalue())
    return audit.printed


@pytest.mark.django_db
def test_an_empty_city_is_sound():
    assert audit()["sound"] is True


@pytest.mark.django_db
def test_a_tampered_balance_and_a_tampered_tally_are_named(alice, give_points):
    give_points(alice.id, 5)
    Account.objects.filter(code=Chart.CITIZEN).update(balance=6)
    Tally.objects.create(citizen_id=alice.id, reduction_mg=1)
    with pytest.raises(CommandError, match="balances_equal_transfers"):
        audit()
    broken = {name for name, count in audit.printed["breaches"].items() if count}
    assert broken == {
        "accounts_sum_to_zero",
        "balances_equal_transfers",
        "awards_have_reductions",  # the fixture's points have no reduction behind them
        "tallies_equal_reductions",
    }
