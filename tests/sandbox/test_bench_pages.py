"""The large city of the benchmark is one that the pages and the books can read."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Citizen
from activities.models import Activity, DailyTotal, Reduction
from config import clock
from sandbox.benchmarks import full_city


@pytest.mark.django_db(transaction=True)
def test_a_city_is_made_by_the_database_with_its_indexes_in_place(client, monkeypatch, parts_go):
    monkeypatch.setattr(full_city, "_execute", lambda statement: None)  # VACUUM is nothing for a test
    indexes = _indexes()
    full_city.found(citizens=12, activities_each=3)
    assert (Citizen.objects.count(), Activity.objects.count()) == (12, 36)
    assert DailyTotal.objects.count() == Reduction.objects.count() == 36
    assert _indexes() == indexes
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activities_activity_default")
        assert cursor.fetchone() == (0,)
    client.force_login(Citizen.objects.get(pk=full_city.key("citizen", 7)).user)
    assert client.get("/home/").context["known"]
    assert client.get(f"/activities/{full_city.time_key(clock.city_today(), 7)}/").status_code == 200
    assert client.get(f"/activities/{full_city.time_key(clock.city_today(), 8)}/").status_code == 404


def _indexes() -> list[tuple[str]]:
    """Those of the tables; the parts of a month have the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename ~ '^activities_' AND tablename !~ '_[0-9]{4}_[0-9]{2}$'"
            " ORDER BY 1"
        )
        return cursor.fetchall()


def test_only_the_city_of_the_pages_is_kept():
    with pytest.raises(CommandError, match="--keep is for pages"):
        call_command("bench", "intake", "--keep")
