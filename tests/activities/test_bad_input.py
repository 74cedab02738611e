"""Bad files and bad rows: a clear error that names what and where; good rows go on; nothing half-written."""

import gzip
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import privacy
from accounts.linking import links
from accounts.linking.models import Link
from accounts.models import Consent
from activities import jobs
from activities.intake import deliveries, quarantine
from activities.intake.problems import Refused
from activities.models import Activity, Delivery, Event, QuarantinedRow, Tally
from ledger.models import Transfer
from tests.activities.conftest import rides, take_in
from tests.races import at_once

GOOD = ("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")


def assert_nothing_taken_in() -> None:
    for model in (Activity, Event, Tally, Transfer, QuarantinedRow):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (rides(GOOD).replace(b"end_time", b"ending"), "missing_column", "column 'end_time' is missing"),
        (rides(GOOD) + "2,7,2016-08-01 08:00,早".encode("gbk"), "bad_encoding", "line 3: byte 0xd4"),
        (gzip.compress(rides(GOOD) * 9)[:-12], "truncated_gzip", "truncated or damaged"),
        (b"", "body_empty", "no content"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(alice, bike_feed, link, body, code, says):
    link(alice, bike_feed, "7")
    with pytest.raises(Refused, match=says) as refusal:
        take_in(bike_feed, body)
    assert refusal.value.code == code
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.refusal["code"]) == ("refused", code)
    assert_nothing_taken_in()


@pytest.mark.parametrize(
    ("row", "code", "field", "says"),
    [
        (("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "-1"), "value_negative", "crow_distance_km_derived", "-1"),
        (
            ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "far"),
            "number_unreadable",
            "crow_distance_km_derived",
            "far",
        ),
        (
            ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "NaN"),
            "number_unreadable",
            "crow_distance_km_derived",
            "NaN",
        ),
        (
            ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "9e99"),
            "value_out_of_range",
            "crow_distance_km_derived",
            "9",
        ),
        (("2", "7", "2016-08-01 09:00", "2016-08-01 08:59", "1"), "end_before_start", "end_time", "before it starts"),
        (("2", "7", "yesterday", "2016-08-01 08:59", "1"), "time_unreadable", "start_time", "yesterday"),
        (("2", "7", "2016-08-01", "2016-08-01 08:59", "1"), "time_unreadable", "start_time", "2016-08-01"),
        (("", "7", "2016-08-01 09:00", "2016-08-01 09:10", "1"), "value_missing", "orderid", "needed"),
        (("2", "", "2016-08-01 09:00", "2016-08-01 09:10", "1"), "value_missing", "userid", "needed"),
        (("2", "7", "2016-08-01 09:00"), "column_count", "", "3 cells, 5 expected"),
    ],
)
def test_a_bad_row_is_quarantined_and_the_good_rows_go_on(alice, bike_feed, link, row, code, field, says):
    link(alice, bike_feed, "7")
    outcome = take_in(bike_feed, rides(GOOD, row))
    assert (outcome.rows, outcome.accepted, outcome.quarantined, dict(outcome.reasons)) == (2, 1, 1, {code: 1})
    kept = QuarantinedRow.objects.get()
    assert (kept.line, kept.code, kept.field) == (3, code, field)
    assert says in kept.detail
    assert "7" in kept.content or not row[1]
    assert "2016" not in kept.content_encrypted


def test_a_bad_row_of_somebody_not_linked_keeps_only_its_reason(bike_feed):
    outcome = take_in(bike_feed, rides(("2", "stranger", "2016-08-01 09:00", "2016-08-01 09:10", "-1")))
    assert outcome.quarantined == 1
    kept = QuarantinedRow.objects.get()
    assert (kept.code, kept.field) == ("value_negative", "crow_distance_km_derived")
    assert (kept.detail, kept.content_encrypted, kept.subject_digest) == ("", "", None)


def test_what_is_kept_of_a_bad_row_goes_with_the_link(alice, bob, bike_feed, link):
    for citizen, subject in ((alice, "7"), (bob, "8")):
        link(citizen, bike_feed, subject)
        take_in(bike_feed, rides((subject, subject, "2016-08-01 09:00", "2016-08-01 09:10", "-1")))
    take_in(bike_feed, rides(("9", "", "2016-08-01 09:00", "2016-08-01 09:10", "1")))
    assert quarantine.forget_unlinked() == 0
    links.end_all(alice.pk, Link.End.CITIZEN, Consent.Channel.WEB)
    assert (quarantine.forget_unlinked(), quarantine.forget_unlinked()) == (1, 0)
    rows = QuarantinedRow.objects.order_by("pk")
    assert [bool(row.detail) for row in rows] == [bool(row.content) for row in rows] == [False, True, True]
    privacy.erase(bob.pk)
    assert [bool(row.detail) for row in rows.all()] == [False, False, True]
    assert list(rows.values_list("code", flat=True)) == ["value_negative", "value_negative", "value_missing"]


def test_a_digestion_that_died_goes_on_where_it_stopped(alice, bike_feed, link, settings, monkeypatch):
    link(alice, bike_feed, "7")
    settings.INTAKE_BATCH_ROWS = 2
    body = rides(*[(str(n), "7", f"2016-08-01 {8 + n:02}:00", f"2016-08-01 {8 + n:02}:10", "1") for n in range(5)])
    delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", body)
    run, calls = deliveries.pipeline.run, []

    def die_in_the_second_batch(*args):
        calls.append(1)
        batch = run(*args)
        if len(calls) == 2:
            raise ConnectionError("the worker was killed")
        return batch

    monkeypatch.setattr(deliveries.pipeline, "run", die_in_the_second_batch)
    with pytest.raises(ConnectionError):
        deliveries.digest(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.rows_done, Activity.objects.count()) == ("received", 2, 2)
    outcome = deliveries.digest(delivery.pk)
    assert (outcome.rows, outcome.accepted, outcome.duplicates) == (5, 5, 0)
    assert deliveries.digest(delivery.pk).as_json() == outcome.as_json()
    assert Activity.objects.count() == 5


def test_what_waits_without_a_job_is_queued_once(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    waiting, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", rides(GOOD))
    queued, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "y", rides(GOOD))
    jobs.queue_digestion(queued)
    jobs.resume_deliveries(0)
    assert ProcrastinateJob.objects.count() == 1  # the other may still be taken in by whoever received it
    Delivery.objects.update(received_at=timezone.now() - jobs.LEFT_BEHIND)
    jobs.resume_deliveries(0)
    jobs.resume_deliveries(0)
    told = sorted(job.args["delivery_id"] for job in ProcrastinateJob.objects.all())
    assert told == sorted([str(waiting.pk), str(queued.pk)])


@pytest.mark.django_db(transaction=True)
def test_what_is_in_work_without_a_job_is_not_given_to_another(bike_feed):
    delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", rides(GOOD))

    def look() -> list[Delivery]:
        return deliveries.left_behind(timezone.now() + timedelta(seconds=1), [])

    with transaction.atomic():
        Delivery.objects.select_for_update().get()
        assert at_once([look]) == [[]]
    assert at_once([look]) == [[delivery]]


def test_raw_bodies_are_encrypted_and_purged_after_their_retention(bike_feed, settings):
    take_in(bike_feed, rides(GOOD))
    delivery = Delivery.objects.get()
    assert b"orderid" not in bytes(delivery.chunks.get().content_encrypted)
    assert deliveries.purge_raw() == 0
    Delivery.objects.update(received_at="2020-01-01T00:00:00Z")
    assert deliveries.purge_raw() == 1
    assert Delivery.objects.count() == 1
