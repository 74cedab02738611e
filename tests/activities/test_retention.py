"""Old details are dropped by policy; what they brought stays, and nothing of it is ever counted again."""

import io
import json
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from activities import audit, claims, privacy, retention
from activities.claims import NotClaimable
from activities.methodologies import recomputation, replay
from activities.methodologies.replay import Period
from activities.models import (
    Activity,
    Cancellation,
    Claim,
    DailyTotal,
    Delivery,
    DetailHorizon,
    Event,
    Finding,
    Instrument,
    Methodology,
    QuarantinedRow,
    Reduction,
    Tally,
)
from activities.pipeline import batch
from activities.retention import DetailsDropped
from config import clock, partitions
from config.identifiers import first_id, new_ids
from ledger import audit as ledger_audit
from ledger import statements
from ledger.models import Transfer
from tests.activities.conftest import rides, take_in
from tests.races import at_once

pytestmark = pytest.mark.django_db

FIRST = clock.month_later(clock.city_today(), -25)
"""The first day that is kept."""
OLD = FIRST - timedelta(days=40)


def at(day: date, number: int, minutes: int = 15, km: float = 2.0) -> tuple:
    return (f"{day}-{number}", "7", f"{day} 08:00", f"{day} 08:{minutes:02}", km)


def old_rides() -> bytes:
    """One that counts and one that is too fast."""
    return rides(at(OLD, 1), at(OLD + timedelta(days=1), 2, minutes=6, km=30.0))


@pytest.fixture
def rider(bike_feed, link, alice):
    link(alice, bike_feed, "7")
    return alice


@pytest.fixture
def arrived(bike_feed, rider, monkeypatch):
    """Two rides that arrived before the first day kept, one on it and one of these days."""

    def arrive(day: date, body: bytes) -> None:
        at_night = first_id(clock.day_start(day)).int
        with monkeypatch.context() as patch:
            patch.setattr(batch, "new_ids", lambda: (UUID(int=at_night | id.int & (1 << 80) - 1) for id in new_ids()))
            take_in(bike_feed, body)

    arrive(OLD + timedelta(days=2), old_rides())
    arrive(FIRST, rides(at(FIRST, 3)))
    take_in(bike_feed, rides(at(clock.city_today() - timedelta(days=1), 4)))
    assert (Activity.objects.count(), Finding.objects.count(), Reduction.objects.count()) == (4, 1, 3)
    return rider


@pytest.fixture
def in_parts(arrived):
    """The same, with a part for each month."""
    partitions.ensure(first=OLD)
    assert partitions.strays() == {}
    return arrived


def books(citizen) -> list:
    kept = [Reduction, DailyTotal, Transfer, Tally]
    return [list(model.objects.order_by("pk").values()) for model in kept] + [statements.balance(citizen.id)]


def test_without_old_details_nothing_is_dropped_and_the_past_is_taken_in(bike_feed, rider):
    assert retention.drop() == {"activities_event": 0, "activities_finding": 0, "activities_activity": 0}
    assert retention.horizon() is None
    assert take_in(bike_feed, old_rides()).accepted == 1


@pytest.mark.parametrize("parts", [True, False])
def test_details_go_with_their_months_and_the_books_stay(arrived, parts):
    if parts:
        partitions.ensure(first=OLD)
    before, months = books(arrived), {part.first for part in partitions.parts("activities_activity")}
    gone = {"activities_event": 2, "activities_finding": 1, "activities_activity": 2}
    assert retention.old() == retention.drop() == gone
    assert books(arrived) == before
    assert (Event.objects.count(), Finding.objects.count(), Activity.objects.count()) == (2, 0, 2)
    assert retention.horizon() == FIRST
    left = {part.first for part in partitions.parts("activities_activity")}
    assert months - left == ({OLD.replace(day=1), (FIRST - timedelta(days=1)).replace(day=1)} if parts else set())
    assert not any((audit.run() | ledger_audit.run()).values())
    assert retention.drop() == dict.fromkeys(gone, 0)
    assert DetailHorizon.objects.count() == 1


def test_the_same_file_again_counts_nothing_twice(bike_feed, in_parts):
    retention.drop()
    before = books(in_parts)
    outcome = take_in(bike_feed, old_rides())
    assert (outcome.quarantined, outcome.accepted, outcome.reasons["too_old"]) == (2, 0, 2)
    assert set(QuarantinedRow.objects.values_list("code", flat=True)) == {"too_old"}
    assert books(in_parts) == before
    assert take_in(bike_feed, rides(at(FIRST, 3))).duplicates == 1
    assert take_in(bike_feed, rides(at(FIRST + timedelta(days=1), 5))).accepted == 1


def test_a_run_that_died_is_finished_by_the_next(in_parts, monkeypatch):
    before = books(in_parts)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="killed"), transaction.atomic():
        patch.setattr(partitions, "drop", _die)
        retention.drop()
    with monkeypatch.context() as patch:
        patch.setattr(retention, "_erase", lambda *about: None)
        retention.drop()  # the months, and not the events
    assert (Event.objects.count(), Activity.objects.count()) == (4, 2)
    assert retention.drop() == {"activities_event": 2, "activities_finding": 0, "activities_activity": 0}
    assert Event.objects.count() == 2
    assert books(in_parts) == before


def _die(*about: object) -> None:
    raise OSError("killed")


@pytest.fixture
def traced(in_parts, bike_feed, bob):
    """Deliveries, cancellations and cards of three years ago, some of which what is kept still needs."""
    kept = Activity.objects.order_by("id").last()
    long_ago = clock.day_start(FIRST - timedelta(days=400))

    def deliver(name: str, door: str = "file", **values: object) -> Delivery:
        identity = UUID(int=first_id(long_ago).int | uuid4().int & (1 << 80) - 1)
        values = {"state": "digested", "digested_at": long_ago, **values}
        delivery = Delivery.objects.create(
            id=identity, feed=bike_feed, door=door, external_id=name, content_sha256=b"", size_bytes=0, **values
        )
        QuarantinedRow.objects.create(delivery=delivery, line=1, code="value_missing", field="x")
        return delivery

    deliver("gone")
    deliver("refused", state="refused")
    deliver("waiting", state="received", digested_at=None)
    deliver("late", digested_at=clock.day_start(FIRST))
    deliver("object@1", door="store")
    Event.objects.filter(activity_id=kept.id).update(delivery=deliver("of an event"))
    Activity.objects.filter(id=kept.id).update(delivery=deliver("of an activity"))
    event = Event.objects.get(activity_id=kept.id)
    Cancellation.objects.create(key=uuid4(), revision=1, created_at=long_ago)
    Cancellation.objects.create(key=event.key, revision=1, created_at=long_ago)
    Cancellation.objects.create(key=uuid4(), revision=1)
    Activity.objects.filter(id=kept.id).update(payer=7)
    for digest, kind, citizen_id in ((7, "payer", in_parts.pk), (7, "payer", bob.pk), (7, "device", in_parts.pk)):
        Instrument.objects.create(kind=kind, digest=digest, citizen_id=citizen_id, created_at=long_ago)
    Instrument.objects.create(kind="device", digest=8, citizen_id=bob.pk)


GONE = {"activities_cancellation": 1, "activities_instrument": 2, "activities_delivery": 2}


def left() -> list:
    names = set(Delivery.objects.values_list("external_id", flat=True))
    return [names, Cancellation.objects.count(), Instrument.objects.count(), QuarantinedRow.objects.count()]


def test_what_stood_behind_details_goes_once_they_are_gone_and_nothing_kept_needs_it(traced):
    before = left()
    assert retention.old_traces() == retention.drop_traces() == {}  # the details are still there
    retention.drop()
    assert left() == before
    assert retention.old_traces() == retention.drop_traces() == GONE
    names, cancellations, instruments, quarantined = before
    assert left() == [names - {"gone", "refused"}, cancellations - 1, instruments - 2, quarantined - 2]
    assert {"waiting", "late", "object@1", "of an event", "of an activity"} < left()[0]
    assert set(Instrument.objects.values_list("kind", "digest")) == {("payer", 7), ("device", 8)}
    assert retention.drop_traces() == dict.fromkeys(GONE, 0)


def test_traces_go_some_at_a_time_and_a_run_that_died_is_finished_by_the_next(traced, monkeypatch):
    retention.drop()
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 1)
    some, calls = retention._drop_some, []

    def die_at_the_fourth(*about: object) -> int:
        calls.append(1)
        return some(*about) if len(calls) < 4 else _die()

    with monkeypatch.context() as patch, pytest.raises(OSError, match="killed"):
        patch.setattr(retention, "_drop_some", die_at_the_fourth)
        retention.drop_traces()
    assert retention.old_traces() == GONE | {"activities_cancellation": 0, "activities_instrument": 1}
    assert retention.drop_traces() == GONE | {"activities_cancellation": 0, "activities_instrument": 1}


def test_for_ever_is_a_policy_too(in_parts, settings):
    settings.DETAIL_RETENTION_MONTHS = 0
    assert retention.old() == retention.drop() == {}
    assert Activity.objects.count() == 4


def test_what_needs_details_says_that_they_are_gone(in_parts, client, make_citizen, english):
    old = Reduction.objects.earliest("city_day")
    retention.drop()
    with pytest.raises(CommandError, match="no longer kept"):
        call_command("explain", str(old.pk))
    with pytest.raises(DetailsDropped, match=FIRST.isoformat()):
        replay.run([Methodology.objects.get(pk=old.methodology_id)], Period(OLD, FIRST))
    assert recomputation.run(everything=True).checked == 2
    with pytest.raises(NotClaimable) as refusal:
        claims.claim([old], Claim.Pool.PARTNER, None)
    assert refusal.value.extra == {"reason": "details_dropped"}
    tables = {name: list(rows) for name, rows in privacy.export(in_parts.pk)}
    assert (len(tables["activities"]), len(tables["reductions"])) == (2, 3)

    client.force_login(in_parts.user)
    page = client.get(f"/activities/{old.activity_id}/")
    assert page.status_code == 410
    assert "明细已不再保留" in page.content.decode()
    assert client.get(f"/api/v1/activities/{old.activity_id}").json()["code"] == "details_dropped"
    client.force_login(make_citizen("stranger").user)
    assert client.get(f"/activities/{old.activity_id}/").status_code == 404


def test_policies_are_told_and_applied(in_parts):
    def run(*arguments: str) -> dict:
        out = io.StringIO()
        call_command("retention", "--json", *arguments, stdout=out)
        return {each["what"]: each["over"] for each in json.loads(out.getvalue())["policies"]}

    assert run()["details of activities"] == 5
    assert Activity.objects.count() == 4
    assert run("--apply")["details of activities"] == 5
    assert set(run().values()) == {0}
    assert Activity.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_dropped_while_a_batch_runs_that_does_not_know_of_it(arrived):
    def drop() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        retention.drop()

    with transaction.atomic():
        assert retention.horizon_of_batch() is None
        (outcome,) = at_once([drop])
    assert isinstance(outcome, OperationalError)
    assert (Event.objects.count(), Activity.objects.count()) == (4, 4)
    assert retention.horizon() == FIRST
    retention.drop()
    assert Activity.objects.count() == 2
