"""What the bank marks, end to end: each mark is its scenario, points-only ones give points and no grams."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from django.utils import translation

from accounts.models import Citizen
from activities import pipeline
from activities.methodologies import explain, proof, recomputation
from activities.models import Activity, Feed, Methodology, Reduction, RuleSetting, Scenario
from sandbox.city import purchases
from sandbox.city.people import Person, population
from tests.activities.conftest import rides, take_in

DAY = date(2026, 11, 2)
SCENARIOS = {
    purchases.NO_CUTLERY: "no-cutlery",
    purchases.SECOND_HAND: "second-hand",
    purchases.BILL: "online-bill",
    purchases.INVOICE: "e-invoice",
    purchases.CHARGE: "ev-charging",
}


@pytest.fixture
def payer(alice, link) -> Person:
    person = next(each for each in population(7, range(1, 400)) if purchases.PARTNER in each.partners)
    link(alice, Feed.objects.select_related("partner").get(code="green-bank"), person.subject(purchases.PARTNER))
    return person


def pay(person: Person, *tags: str, every_day: bool = False) -> list[dict]:
    rows = [
        purchases.make(
            person, DAY + timedelta(days=place * every_day), place, 36_000 + place * 1800, tag, Random(place)
        ).row
        for place, tag in enumerate(tags)
    ]
    for row in rows:
        row["status"] = "settled"
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    take_in(Feed.objects.select_related("partner").get(code="green-bank"), body, "day.jsonl")
    return rows


def test_every_mark_is_its_scenario_and_recomputes(payer):
    rows = pay(payer, *SCENARIOS)
    found = Activity.objects.select_related("scenario").order_by("started_at")
    assert [(one.scenario.code, one.status) for one in found] == [(code, "accepted") for code in SCENARIOS.values()]
    worth = dict(Reduction.objects.values_list("scenario__code", "reduction_mg"))
    assert (worth["no-cutlery"], worth["second-hand"], worth["e-invoice"]) == (39_000, 25_000_000, 5_000)
    wh = round(rows[-1]["green"]["kwh"] * 1000)
    assert worth["ev-charging"] == int(wh * (Fraction(250_000_000, 181_000) - Fraction(5366, 10)))
    assert recomputation.run(everything=True).mismatches == 0


def test_a_points_only_entry_gives_points_and_no_grams(payer):
    pay(payer, purchases.BILL)
    row = Reduction.objects.get()
    assert (row.reduction_mg, row.fixed_points, row.points) == (0, 1, 1)
    document = proof.prove(row, Activity.objects.select_related("scenario", "feed__partner", "delivery").get())
    assert (document["agrees"], document["activity"]["poolable"]) == (True, False)
    with translation.override("en"):
        told = explain.explain(row, Methodology.objects.select_related("scenario").get(pk=row.methodology_id))
    assert told.reduction_mg == 0
    assert told.points_calculation == "(0 g carried over + 0 g) ÷ 10 g per point = 0, plus 1 fixed"


def test_twenty_bills_of_a_day_are_not_twenty_points(payer):
    pay(payer, *[purchases.BILL] * 20)
    found = Counter(Activity.objects.values_list("status", "reason"))
    assert found == {("accepted", ""): 3, ("rejected", "daily_cap"): 17}


def test_what_is_counted_by_the_month_is_judged_with_the_whole_month(payer, link, bike_feed):
    """Also where only another scenario of one of its days is told."""
    RuleSetting.objects.filter(scenario__code="online-bill", rule="monthly_cap").update(settings={"max_count": 4})
    pay(payer, *[purchases.BILL] * 6, every_day=True)
    citizen_id = Activity.objects.first().citizen_id
    order = [("accepted", "")] * 4 + [("rejected", "monthly_cap")] * 2
    assert list(Activity.objects.order_by("started_at").values_list("status", "reason")) == order
    link(Citizen.objects.get(pk=citizen_id), bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2026-11-07 08:00", "2026-11-07 08:10", "1.5")))
    bills = Activity.objects.filter(scenario__code="online-bill").order_by("started_at")
    assert list(bills.values_list("status", "reason")) == order
    pipeline.rejudge([(citizen_id, date(2026, 11, 6))])
    assert list(bills.values_list("status", "reason")) == order


@pytest.mark.parametrize(("g_each", "a_month"), [("262", 10), ("277", 5)])
def test_ant_forests_monthly_caps(payer, publish_version, g_each, a_month):
    """Ant Forest: 262 g a bill, at most 10 a month; 277 g a registration, at most 5."""
    bills = Scenario.objects.get(code="online-bill")
    RuleSetting.objects.filter(scenario=bills, rule="monthly_cap").update(settings={"max_count": a_month})
    publish_version(
        Methodology(
            scenario=bills,
            family="per_item",
            parameters={"g_per_item": g_each},
            region="CN",
            valid_from=datetime(2026, 10, 1, tzinfo=UTC),
            source_zh="蚂蚁森林",
            source_en="Ant Forest",
        )
    )
    pay(payer, *[purchases.BILL] * (a_month + 3), every_day=True)
    assert Activity.objects.filter(status="accepted").count() == a_month
    assert set(Activity.objects.exclude(status="accepted").values_list("reason", flat=True)) == {"monthly_cap"}
    assert sum(Reduction.objects.values_list("reduction_mg", flat=True)) == int(g_each) * a_month * 1000
