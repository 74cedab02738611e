"""Citizens with rows in the books, made by hand so that every sum is known; Wednesday 18 November 2026."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from accounts.models import Citizen, District
from activities.models import Activity, DailyTotal, Delivery, Feed, Finding, Reduction, Scenario, Tally
from config import clock
from config.identifiers import new_id

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def wednesday(monkeypatch) -> None:
    monkeypatch.setattr(clock, "city_today", lambda: TODAY)


@pytest.fixture
def bike(db) -> Scenario:
    return Scenario.objects.get(code="shared-bike")


@pytest.fixture
def metro(db) -> Scenario:
    return Scenario.objects.get(code="metro")


@pytest.fixture
def district(db) -> District:
    return District.objects.create(code="lake", name_zh="湖区", name_en="Lake")


@pytest.fixture
def feed(db) -> Feed:
    return Feed.objects.select_related("partner").get(code="mobike-shanghai")


@pytest.fixture
def delivery(feed: Feed) -> Delivery:
    return Delivery.objects.create(
        feed=feed, door=Delivery.Door.WEBHOOK, external_id="d-1", content_sha256=b"0" * 32, size_bytes=1
    )


Total = Callable[..., DailyTotal]
MakeActivity = Callable[..., Activity]


@pytest.fixture
def total(bike: Scenario) -> Total:
    """A citizen's daily total: day, mg, points."""

    def make(
        citizen: Citizen, day: date, reduction_mg: int, points: int = 0, scenario: Scenario | None = None
    ) -> DailyTotal:
        return DailyTotal.objects.create(
            citizen_id=citizen.pk,
            city_day=day,
            scenario=scenario or bike,
            activities=1,
            distance_m=1000,
            reduction_mg=reduction_mg,
            points=points,
        )

    return make


@pytest.fixture
def make_activity(bike: Scenario, feed: Feed, delivery: Delivery) -> MakeActivity:
    """An activity of `minutes` from 8 o'clock; with a reduction of 33.88 g a km where it is accepted."""

    def make(citizen: Citizen, day: date = TODAY, reason: str = "", hour: int = 8, **fields: object) -> Activity:
        start = datetime.combine(day, time(hour), clock.city_zone())
        values: dict = {
            "key": uuid4(),
            "citizen_id": citizen.pk,
            "link_id": uuid4(),
            "feed": feed,
            "delivery": delivery,
            "scenario": bike,
            "started_at": start,
            "ended_at": start + timedelta(minutes=12),
            "city_day": day,
            "distance_m": 2000,
            "distance_basis": Activity.Basis.CROW_FLY,
            "status": Activity.Status.REJECTED if reason else Activity.Status.ACCEPTED,
            "reason": reason,
        } | fields
        activity = Activity.objects.create(**values)
        if activity.status == Activity.Status.ACCEPTED:
            credit(activity, 67_760, carried_mg=4_240)
        else:
            Finding.objects.create(
                citizen_id=citizen.pk, activity_id=activity.pk, rule=reason, verdict=activity.status, evidence={}
            )
        return activity

    return make


def credit(activity: Activity, reduction_mg: int, carried_mg: int) -> Reduction:
    methodology = activity.scenario.methodologies.get()
    return Reduction.objects.create(
        id=new_id(),
        citizen_id=activity.citizen_id,
        activity_id=activity.pk,
        methodology=methodology,
        scenario=activity.scenario,
        city_day=activity.city_day,
        distance_m=activity.distance_m,
        reduction_mg=reduction_mg,
        carried_mg=carried_mg,
        mg_per_point=10_000,
        points=(carried_mg + reduction_mg) // 10_000,
    )


def tally(citizen_id: UUID, reduction_mg: int, points: int, remainder_mg: int = 0) -> Tally:
    return Tally.objects.create(
        citizen_id=citizen_id, reduction_mg=reduction_mg, points=points, remainder_mg=remainder_mg
    )


@pytest.fixture
def signed_in(client, alice: Citizen):
    """A browser in which Alice is signed in."""
    client.force_login(alice.user)
    return client
