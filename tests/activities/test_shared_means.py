"""A card that ever more accounts use: found when they use it, and for what was counted before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities import audit
from activities.intake import formats
from activities.integrity import instruments
from activities.models import Activity, Instrument, RuleSetting, Scenario, SharingLook
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
    assert sharing.judge_shared() == 3
    assert Activity.objects.filter(status="held", reason="shared_means").count() == 3
    assert sharing.judge_shared() == 3
    assert Instrument.objects.count() == 3
    assert not any((audit.run() | ledger_audit.run()).values())


def test_a_night_without_a_look_is_made_up_for(feed, link, make_citizen):
    for number, card in enumerate(("a", "b", "c"), start=1):
        link(make_citizen(), feed, card)
        take_in(feed, HEAD + ride(number, card), f"{number}.csv")
    Instrument.objects.update(created_at=timezone.now() - timedelta(days=3))
    SharingLook.objects.create(until=timezone.now() - timedelta(days=4))
    assert sharing.judge_shared() == 3
    assert sharing.judge_shared() == 0


def test_the_days_of_any_number_of_cards_are_one_query(feed, link, make_citizen, django_assert_num_queries):
    for number in range(6):
        link(make_citizen(), feed, str(number))
        take_in(feed, HEAD + ride(number, str(number)).replace(b"6222-1", b"6222-%d" % (number % 2)), f"{number}.csv")
    with django_assert_num_queries(1):
        days = instruments.days_to_judge(timezone.now() - timedelta(hours=1), 2, clock.city_today() - timedelta(days=9))
    assert len(days) == len(set(days)) == 6


@pytest.mark.parametrize(("common_ids", "instruments_known"), [((), 2), (("payer",), 1)])
def test_a_number_is_known_at_one_partner_unless_it_means_the_same_everywhere(
    feed, metro_feed, link, make_citizen, common_ids, instruments_known
):
    for own in (feed, metro_feed):
        own.format = {**FORMAT, "common_ids": common_ids}
        own.save()
        link(make_citizen(), own, "a")
        take_in(own, HEAD + ride(1, "a"), "1.csv")
    assert len(set(Instrument.objects.values_list("digest", flat=True))) == instruments_known
    assert set(Instrument.objects.values_list("kind", flat=True)) == {"payer"}


def test_who_is_paid_is_not_mistaken_for_who_pays(feed, link, make_citizen):
    case = {name: value for name, value in FORMAT["cases"][0].items() if name != "payer"}
    link(make_citizen(), feed, "a")
    take_in(feed, HEAD + ride(1, "a"), "1.csv")
    feed.format = {**FORMAT, "cases": [{**case, "payee": {"column": "bank_card"}}]}
    feed.save()
    take_in(feed, HEAD + ride(2, "a"), "2.csv")
    assert len(set(Instrument.objects.filter(kind="payer").values_list("digest", flat=True))) == 2
    with pytest.raises(formats.FormatInvalid, match="either `payer` or `payee`"):
        formats.parse({**FORMAT, "cases": [{**FORMAT["cases"][0], "payee": {"column": "bank_card"}}]})
