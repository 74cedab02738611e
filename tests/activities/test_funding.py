"""Points out of budgets: exact, fair near the end, tapered by rule, and campaigns on top."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from accounts.models import District
from activities import audit, campaigns, crediting
from activities.campaigns import CampaignNotReady, CampaignNotRunning
from activities.crediting import Booked, Entry
from activities.models import Campaign, CampaignAward, Methodology, Reduction, Tally
from config.clock import city_today
from config.identifiers import new_id
from ledger import audit as ledger_audit
from ledger import budgets, statements
from ledger.models import PROGRAMME, Chart, Code, Programme, Transfer
from tests.activities.conftest import rides, take_in
from tests.races import at_once

DAY = date(2016, 8, 1)
WITHOUT_ACTIVITIES = {"live_reductions_have_accepted_activities": 0}


@pytest.fixture
def method(bike_feed) -> Methodology:
    return Methodology.objects.select_related("scenario").get(scenario__code="shared-bike")


@pytest.fixture
def city(db) -> Programme:
    """The city's programme, limited, with 100 points."""
    found, _new = Programme.objects.get_or_create(
        pk=PROGRAMME, defaults={"code": "city", "kind": "city", "name_zh": "市", "name_en": "City", "limited": False}
    )
    budgets.limit(found.pk)
    fund(found, 100)
    return found


def fund(programme: Programme, points: int) -> None:
    budgets.fund(uuid4(), programme.pk, points, "No. 1", "staff")


@pytest.fixture
def sponsor(db) -> Programme:
    found = budgets.open_programme(Programme(code="shop", kind="sponsor", name_zh="店", name_en="Shop"))
    fund(found, 100)
    return found


@pytest.fixture
def make_campaign(sponsor):
    def make(**fields) -> Campaign:
        values = {"code": "august", "programme": sponsor, "first_day": DAY, "last_day": DAY + timedelta(days=9)}
        values |= {
            "multiplier_percent": 150,
            "published_at": "2016-07-01T00:00Z",
            "name_zh": "八月",
            "name_en": "August",
        }
        return Campaign.objects.create(**{**values, **fields})

    return make


def credit(citizen, method, points: int, day: date = DAY, **fields) -> Entry:
    """A credit of so many points of 10 g."""
    return Entry(citizen.id, new_id(), method.id, method.scenario_id, day, 1000, points * 10_000, "credited", **fields)


def reverse(entry: Entry) -> Entry:
    return Entry.reverse(Reduction.objects.live().get(activity_id=entry.activity_id), "corrected")


def row(entry: Entry) -> tuple[int, int, int]:
    found = Reduction.objects.get(activity_id=entry.activity_id, reversal=False)
    return found.points, found.unfunded_points, found.mg_per_point


def assert_sound() -> None:
    checks = audit.run() | ledger_audit.run() | WITHOUT_ACTIVITIES
    assert not any(checks.values()), checks


def test_without_a_budget_everything_is_paid_by_the_unlimited_city(alice, method):
    entry = credit(alice, method, 1_000)
    assert crediting.book([entry]) == Booked(10_000_000, 1_000)
    assert Reduction.objects.get().programme_id == PROGRAMME and row(entry) == (1_000, 0, 10_000)
    assert_sound()


def test_a_batch_near_the_end_pays_whole_awards_the_first_of_everybody_and_the_smaller_ones(
    city, alice, bob, make_citizen, method
):
    carol = make_citizen("carol")
    first, second = credit(alice, method, 30), credit(alice, method, 10)
    middle, large = credit(bob, method, 50), credit(carol, method, 70)
    assert crediting.book([first, second, middle, large]) == Booked(1_600_000, 90)
    assert [row(entry)[:2] for entry in (first, second, middle, large)] == [(30, 0), (10, 0), (50, 0), (0, 70)]
    assert budgets.left() == 10
    assert Tally.objects.get(citizen_id=carol.id).remainder_mg == 700_000
    assert_sound()


def test_what_was_not_paid_comes_with_a_later_activity_as_soon_as_there_are_points(city, alice, method):
    late = credit(alice, method, 101)
    crediting.book([late])
    assert row(late) == (0, 101, 10_000) and statements.balance(alice.id) == 0
    fund(city, 50)
    crediting.book([credit(alice, method, 2)])
    assert (statements.balance(alice.id), budgets.left()) == (103, 47)
    assert Tally.objects.get(citizen_id=alice.id).remainder_mg == 0
    assert_sound()


def test_a_reversal_of_what_was_never_paid_takes_nothing(city, alice, method):
    entry = credit(alice, method, 120, fixed_points=3)
    crediting.book([entry])
    assert row(entry) == (0, 123, 10_000)
    assert crediting.book([reverse(entry)]) == Booked(-1_200_000, 0)
    assert (statements.balance(alice.id), statements.balance(alice.id, Chart.OWED), budgets.left()) == (0, 0, 100)
    assert Tally.objects.get(citizen_id=alice.id).remainder_mg == 0
    assert_sound()


def test_a_reversal_returns_the_points_and_the_replacement_has_them_first(city, alice, bob, method):
    entry = credit(alice, method, 100)
    crediting.book([entry])
    anew = entry._replace(generation=2, reduction_mg=900_000)
    crediting.book([reverse(entry), anew, credit(bob, method, 11)])
    assert (statements.balance(alice.id), statements.balance(bob.id), budgets.left()) == (90, 0, 10)
    assert_sound()


def test_tapering_is_the_rate_of_the_row(city, alice, method):
    Programme.objects.update(taper_from_percent=40, taper_percent=30)
    full, less = credit(alice, method, 60), credit(alice, method, 10)
    crediting.book([full])
    crediting.book([less])
    assert row(full) == (60, 0, 10_000)
    assert row(less) == (2, 0, 33_334)  # 100 g at 33.334 g a point
    assert Tally.objects.get(citizen_id=alice.id).remainder_mg == 100_000 - 2 * 33_334
    crediting.book([reverse(less)])  # by its own rate
    assert (statements.balance(alice.id), budgets.left()) == (60, 40)
    assert_sound()


def test_a_scenario_with_its_own_programme_is_paid_by_it_and_only_for_its_own_grams(city, sponsor, alice, method):
    outstanding = credit(alice, method, 101)
    crediting.book([outstanding])
    method.scenario.programme = sponsor
    method.scenario.save()
    entry = credit(alice, method, 7)
    crediting.book([entry])
    assert row(entry) == (7, 101, 10_000)
    assert (budgets.left(), budgets.left(sponsor.pk)) == (100, 93)
    method.scenario.programme = None
    method.scenario.save()
    crediting.book([reverse(entry)])  # returns to where it came from
    assert (budgets.left(), budgets.left(sponsor.pk)) == (100, 100)
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_issue_what_there_is_and_no_more(city, make_citizen, method):
    people = [make_citizen(f"citizen-{number}") for number in range(24)]

    def batch(part):
        return lambda: [crediting.book([credit(citizen, method, 7) for citizen in part]).points for _turn in range(2)]

    found = at_once([batch(people[number::6]) for number in range(6)])
    assert sum(sum(points) for points in found) == sum(statements.balance(citizen.id) for citizen in people) == 98
    assert budgets.left() == 2
    assert Reduction.objects.count() == 48
    assert sum(tally.points * 10_000 + tally.remainder_mg for tally in Tally.objects.all()) == 48 * 70_000
    assert_sound()


def test_a_campaign_pays_a_bonus_from_its_own_budget(make_campaign, sponsor, alice, method):
    campaign = make_campaign()
    entry = credit(alice, method, 7)
    assert crediting.book([entry, credit(alice, method, 4, DAY - timedelta(days=1))]) == Booked(110_000, 11)
    award = CampaignAward.objects.get()
    assert (award.points, award.activity_id, award.campaign) == (3, entry.activity_id, campaign)
    assert Transfer.objects.get(code=Code.BONUS).id == award.id
    assert (statements.balance(alice.id), budgets.left(sponsor.pk)) == (14, 97)
    assert_sound()
    with pytest.raises(DatabaseError), transaction.atomic():
        CampaignAward.objects.update(points=9)


def test_a_reversal_takes_the_bonus_back_also_when_it_was_spent(make_campaign, sponsor, alice, method):
    make_campaign()
    entry = credit(alice, method, 8)
    crediting.book([entry])
    crediting.book([reverse(entry)])
    assert list(CampaignAward.objects.order_by("-points").values_list("points", flat=True)) == [4, -4]
    assert (statements.balance(alice.id), budgets.left(sponsor.pk)) == (0, 100)
    crediting.book([entry._replace(generation=2)])
    assert (statements.balance(alice.id), budgets.left(sponsor.pk)) == (12, 96)
    assert_sound()


def test_caps_hold_by_day_and_in_all_and_count_what_was_taken_back(make_campaign, alice, bob, method):
    make_campaign(citizen_day_max_points=6, citizen_max_points=9)
    first, second = credit(alice, method, 8), credit(alice, method, 8)
    crediting.book([first, second])
    assert sorted(CampaignAward.objects.values_list("points", flat=True)) == [2, 4]
    crediting.book([credit(alice, method, 20, DAY + timedelta(days=1))])
    assert sum(CampaignAward.objects.values_list("points", flat=True)) == 9
    crediting.book([reverse(first), first._replace(generation=2)])  # its place is free for what replaces it
    assert sum(CampaignAward.objects.values_list("points", flat=True)) == 9
    crediting.book([credit(bob, method, 8)])
    assert statements.balance(bob.id) == 12
    assert_sound()


def test_a_campaign_ends_with_its_budget(make_campaign, sponsor, alice, bob, method):
    make_campaign()
    budgets.fund(uuid4(), sponsor.pk, -95, "No. 2", "staff")
    crediting.book([credit(alice, method, 12), credit(bob, method, 8)])
    assert (statements.balance(alice.id), statements.balance(bob.id), budgets.left(sponsor.pk)) == (12, 12, 1)
    assert_sound()


def test_only_chosen_scenarios_and_districts_take_part(make_campaign, alice, bob, method, metro_feed):
    here, there = (District.objects.create(code=code, name_zh=code, name_en=code) for code in ("here", "there"))
    alice.district, bob.district = here, there
    alice.save()
    bob.save()
    campaign = make_campaign()
    campaign.districts.set([here])
    campaign.scenarios.set([method.scenario])
    crediting.book([credit(alice, method, 2), credit(bob, method, 2)])
    metro = Methodology.objects.filter(scenario__code="metro").first()
    crediting.book([credit(alice, metro, 2)])
    assert [award.citizen_id for award in CampaignAward.objects.all()] == [alice.id]


def test_a_batch_that_is_delivered_again_pays_nothing_again(make_campaign, city, sponsor, alice, bike_feed, link):
    campaign = make_campaign()
    link(alice, bike_feed, "u-1")
    ride = ("r-1", "u-1", "2016-08-01 08:00", "2016-08-01 08:20", "3.0")
    assert take_in(bike_feed, rides(ride)).points == 10
    before = (statements.balance(alice.id), budgets.left(), budgets.left(sponsor.pk))
    assert before[1] < 100 and before[2] < 100
    take_in(bike_feed, rides(ride), "again.csv")
    assert (statements.balance(alice.id), budgets.left(), budgets.left(sponsor.pk)) == before
    assert campaign.awards.count() == 1
    assert not any((audit.run() | ledger_audit.run()).values())


def test_a_campaign_is_announced_before_it_begins_and_with_points(make_campaign, english):
    campaign = make_campaign(published_at=None, first_day=city_today(), last_day=city_today())
    with pytest.raises(CampaignNotReady) as refusal:
        campaigns.publish(campaign.pk)
    assert list(refusal.value.fields) == ["first_day"]
    Campaign.objects.update(first_day=city_today() + timedelta(days=1), last_day=city_today() + timedelta(days=1))
    empty = budgets.open_programme(Programme(code="empty", kind="sponsor", name_zh="空", name_en="Empty"))
    Campaign.objects.update(programme=empty)
    with pytest.raises(CampaignNotReady) as refusal:
        campaigns.publish(campaign.pk)
    assert list(refusal.value.fields) == ["programme"]
    fund(empty, 5)
    assert campaigns.publish(campaign.pk).published_at is not None


def test_a_stopped_campaign_pays_nothing_more(make_campaign, alice, method):
    campaign = make_campaign()
    campaigns.stop(campaign.pk)
    with pytest.raises(CampaignNotRunning):
        campaigns.stop(campaign.pk)
    crediting.book([credit(alice, method, 8)])
    assert statements.balance(alice.id) == 8
