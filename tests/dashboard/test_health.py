"""What machines ask."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.models import Activity, Delivery
from config import clock
from dashboard import health


def test_alive_asks_no_database(client):
    assert client.get("/health/live").content == b"ok"


def test_ready_when_the_database_is_migrated(client, db, monkeypatch):
    assert client.get("/health/ready").content == b"ok"
    missing = health._migrations_missing
    missing.cache_clear()
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *arguments: [("a", False)])
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"1 migrations are missing")
    monkeypatch.undo()
    assert client.get("/health/ready").status_code == 200


def test_not_ready_without_a_database(client, db, monkeypatch):
    def refuse():
        raise health.DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(health.connection, "cursor", refuse)
        answer = client.get("/health/ready")
    assert (answer.status_code, answer["Cache-Control"].split(",")[0]) == (503, "max-age=0")


@pytest.mark.parametrize("token", ["", "s3cret"])
def test_without_the_token_there_are_no_metrics(client, db, settings, token):
    settings.METRICS_TOKEN = token
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer s3cre"}, {"Authorization": "Bearer é"}):
        assert client.get("/metrics", headers=given).status_code == 404


def test_metrics_tell_what_waits(client, db, settings, alice, make_activity, delivery, monkeypatch):
    settings.METRICS_TOKEN = "s3cret"
    monkeypatch.setattr(clock, "city_today", lambda: clock.city_day(timezone.now()))  # parts are made from now on
    make_activity(alice)
    make_activity(alice, reason="overlap", hour=7)
    Activity.objects.filter(status="rejected").update(status="held")
    Delivery.objects.update(received_at=timezone.now() - timedelta(seconds=90))
    delivery.quarantined.create(line=1, code="number_unreadable", field="km", detail="x", content_encrypted="x")
    text = client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).text
    said = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    lag_s = float(said.pop("tanpuhui_intake_lag_seconds"))
    assert 90 <= lag_s < 120
    assert said == {
        'tanpuhui_jobs{status="todo"}': "0",
        'tanpuhui_jobs{status="doing"}': "0",
        'tanpuhui_jobs{status="failed"}': "0",
        "tanpuhui_deliveries_waiting": "1",
        "tanpuhui_deliveries_failed": "0",
        "tanpuhui_deliveries_refused_day": "0",
        "tanpuhui_rows_quarantined_day": "1",
        "tanpuhui_activities_held": "1",
        "tanpuhui_rights_overdue": "0",
        "tanpuhui_partitions_missing": "0",
    }
    assert text.count("# TYPE tanpuhui_jobs gauge") == 1
