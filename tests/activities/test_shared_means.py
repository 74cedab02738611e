"""A card that ever more accounts use: found when they use it, and for what was counted before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities import audit
from activities.intake import formats
from activities.models import Activity, Instrument, RuleSetting, Scenario
from activities.pipeline import sharing
from config import clock
from ledger import audit as ledger_audit
from tests.activities.conftest import take_in

HEAD = b"trip,card,begin,end,metres,bank_card\n"
MOMENT = "%Y-%m-%d %H:%M"
FORMAT = {
    "container": {"kind": "csv"},
    "zone": "Asia/Shanghai",
    "subject": {"column": "card"},
    "event_id": {"column": "trip"},
    "cases": [
        {
            "scenario": "shared-bike",
            "started_at": {"column": "begin", "format": MOMENT},
            "ended_at": {"column": "end", "format": MOMENT},
            "distance": {"column": "metres", "unit": "m"},
            "payer": {"column": "bank_card"},
        }
    ],
}


@pytest.fixture
def feed(bike_feed):
    formats.parse(FORMAT)
    bike_feed.format = FORMAT
    bike_feed.save()
    scenario = Scenario.objects.get(code="shared-bike")
    RuleSetting.objects.create(scenario=scenario, rule="shared_means", settings={"max_accounts": 2})
    return bike_feed


def ride(number: int, card: str) -> bytes:
    day = clock.city_today() - timedelta(days=2)
    return f"{number},{card},{day} 08:{number:02d},{day} 09:00,3000,6222-1\n".encode()


def test_the_third_account_is_held_and_then_the_first_two(feed, link, make_citizen):
    for card in ("a", "b", "c"):
        link(make_citizen(), feed, card)
    take_in(feed, HEAD + ride(1, "a"), "1.csv")
    take_in(feed, HEAD + ride(2, "b"), "2.csv")
    assert Activity.objects.filter(status="accepted").count() == 2
    take_in(feed, HEAD + ride(3, "c"), "3.csv")
    assert Activity.objects.get(status="held").reason == "shared_means"
    assert sharing.judge_shared(timezone.now() - timedelta(hours=1)) == 3
    assert Activity.objects.filter(status="held", reason="shared_means").count() == 3
    assert sharing.judge_shared(timezone.now() - timedelta(hours=1)) == 3
    assert Instrument.objects.count() == 3
    assert not any((audit.run() | ledger_audit.run()).values())
