"""Home tells of campaigns that are on and of why points are owed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.linking import links
from activities import crediting
from activities.crediting import Entry
from activities.models import Appeal, Campaign, CampaignAward, Decision, Finding, Question, Reduction
from config import clock, shared
from config.identifiers import new_id
from dashboard import statistics
from dashboard.home import extras
from ledger import budgets, holds, statements
from ledger.models import Chart, Programme
from tests.dashboard.conftest import TODAY
from tests.ledger.book import rule_of_before


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["tanpuhui_language"] = "en"


@pytest.fixture
def campaign(bike):
    sponsor = Programme(code="bank", kind="sponsor", name_zh="银行", name_en="The Bank")
    budgets.open_programme(sponsor)
    budgets.fund(uuid4(), sponsor.pk, 1_000, "No. 1", "li")
    made = Campaign.objects.create(
        code="autumn", name_zh="秋", name_en="Autumn rides", programme=sponsor, first_day=TODAY, last_day=TODAY,
        multiplier_percent=150, citizen_max_points=200, published_at=timezone.now() - timedelta(days=9),
    )  # fmt: skip
    made.scenarios.add(bike)
    return made


def entry(citizen, version, activity_id, **fields):
    values = {"citizen_id": citizen.pk, "activity_id": activity_id, "generation": 1, "cause": "credited"}
    values |= {"methodology_id": version.pk, "scenario_id": version.scenario_id, "city_day": TODAY}
    return Entry(**values | {"distance_m": 1000, "reduction_mg": 100_000} | fields)


def test_a_campaign_says_what_it_pays_until_when_and_what_it_paid(signed_in, alice, bob, campaign, total):
    total(alice, TODAY, 100)
    for citizen, points in ((alice, 30), (alice, -4), (bob, 50)):
        CampaignAward.objects.create(
            id=new_id(), campaign=campaign, citizen_id=citizen.pk, activity_id=new_id(), generation=1,
            reduction_id=new_id(), city_day=TODAY, points=points,
        )  # fmt: skip
    page = signed_in.get("/home/").content.decode()
    assert "Autumn rides" in page and "× 1.5" in page and "The Bank" in page
    assert "You have had 26 of at most 200." in page
    assert extras.running(alice, TODAY + timedelta(days=1), statistics.scenes()) == []


def test_an_entry_brings_its_campaign_points_wherever_it_stands(signed_in, alice, campaign, make_activity, total):
    activity = make_activity(alice)  # 7 points
    total(alice, TODAY, 67_760, 7)
    credit = Reduction.objects.get()
    for reduction_id, points in (
        (new_id(), 50),
        (new_id(), -50),
        (credit.pk, 3),
    ):  # credited, taken back, credited anew
        CampaignAward.objects.create(
            id=new_id(), campaign=campaign, citizen_id=alice.pk, activity_id=credit.activity_id, generation=1,
            reduction_id=reduction_id, city_day=TODAY, points=points,
        )  # fmt: skip
    for address in ("/home/", "/history/"):
        page = signed_in.get(address).text
        assert "+10 points" in page
        assert "+7 points" not in page
    assert "and 3 from campaigns" in page
    assert "and 3 from campaigns" not in signed_in.get("/history/?scenario=metro").text
    listed = signed_in.get("/api/v1/activities").json()["results"][0]
    assert (listed["points"], listed["bonus_points"]) == (7, 3)
    exported = signed_in.get("/history/entries.json").getvalue().decode()
    assert '"points": 7, "bonus_points": 3' in exported
    assert "<p>+10 points" in signed_in.get(f"/activities/{activity.pk}/").text
    told = signed_in.get(f"/api/v1/activities/{activity.pk}").json()["activity"]
    assert (told["points"], told["bonus_points"]) == (7, 3)


def test_without_a_campaign_home_asks_once(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert extras.running(alice, TODAY, []) == []


def owe(citizen, scenario):
    """10 points by an entry that was taken back after they had been spent; its id."""
    version, activity_id = scenario.methodologies.get(), new_id()
    crediting.book([entry(citizen, version, activity_id)])
    holds.place(uuid4(), citizen.pk, 10, timezone.now() + timedelta(days=1))
    back = {"reversal": True, "reduction_mg": -100_000, "paid_points": 10, "cause": Reduction.Cause.CANCELLED}
    crediting.book([entry(citizen, version, activity_id, **back)])
    return activity_id


def test_who_owes_is_told_for_which_entry_and_why(signed_in, alice, bike):
    activity_id = owe(alice, bike)
    assert statements.balance(alice.pk, Chart.OWED) == 10
    with translation.override("en"):
        found = extras.last_debt(alice.pk, statistics.scenes())
        assert (found.activity_id, str(found.reason)) == (activity_id, "cancelled by the partner")
    page = signed_in.get("/home/").content.decode()
    assert f"/activities/{activity_id}/" in page and "cancelled by the partner" in page


@pytest.mark.parametrize("owes", [False, True])
def test_home_at_its_fullest_takes_twelve_queries(
    signed_in, alice, bike, campaign, make_activity, total, feed, give_points, owes
):
    """A link, a campaign, an entry, and points that expire or are owed; what all share is read beside the requests."""
    rule_of_before(TODAY.replace(day=1), period_months=1, life_months=1)
    links.open_many(feed.partner, [(alice, "rider-1")], reads_from=clock.day_start(TODAY))
    make_activity(alice)
    total(alice, TODAY, 67_760, 7)
    if owes:
        owe(alice, bike)
    else:
        give_points(alice.pk, 50)
    shared.refresh()
    with CaptureQueriesContext(connection) as queries:
        page = signed_in.get("/home/")
    wallet = page.context["wallet"]
    assert (wallet.owed_points == 10) is bool(page.context["debt"]) is owes
    assert any("ledger_expiring" in query["sql"] for query in queries) is not owes
    assert page.context["extras"] and page.context["sources"] and page.context["latest"]
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) <= 12


def test_a_debt_that_comes_from_no_entry_names_none(alice):
    assert extras.last_debt(alice.pk, statistics.scenes()) is None


def test_an_entry_at_its_fullest_takes_twelve_queries(signed_in, alice, bob, campaign, make_activity):
    """An entry that a rule stopped and a person let count on appeal, after a question, with a bonus."""
    activity = make_activity(alice)
    own = {"citizen_id": alice.pk, "activity_id": activity.pk}
    Finding.objects.create(rule="overlap", verdict="rejected", evidence={}, **own)
    question = Question(question="Where was it?", asked_by=bob.user, answered_at=timezone.now(), **own)
    question.answer = "At the lake."
    question.save()
    decision = Decision.objects.create(
        kind="appeal", verdict="accepted", overruled="overlap", note="Plausible.", decided_by=bob.user, **own
    )
    appeal = Appeal(against="rejected", reason="overlap", decision=decision, **own)
    appeal.text = "It was me."
    appeal.save()
    CampaignAward.objects.create(
        id=new_id(),
        campaign=campaign,
        generation=1,
        reduction_id=Reduction.objects.get().pk,
        city_day=TODAY,
        points=3,
        **own,
    )
    shared.refresh()
    with CaptureQueriesContext(connection) as queries:
        page = signed_in.get(f"/activities/{activity.pk}/")
    told = page.context["story"]
    assert told.checks and told.bonuses and told.word.appeal and told.word.decisions and told.word.questions
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) <= 12
