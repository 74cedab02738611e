"""Old details are dropped by policy; what they brought stays, and nothing of it is ever counted again."""

import io
import json
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from activities import audit, claims, privacy, retention
from activities.claims import NotClaimable
from activities.methodologies import recomputation, replay
from activities.methodologies.replay import Period
from activities.models import (
    Activity,
    Claim,
    DailyTotal,
    DetailHorizon,
    Event,
    Finding,
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
