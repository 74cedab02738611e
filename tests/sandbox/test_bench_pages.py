"""The large city of the benchmark is one that the pages and the books can read."""

import pytest
from django.db import connection

from accounts.models import Citizen
from activities.models import Activity, DailyTotal, Reduction
from sandbox.benchmarks import full_city


@pytest.mark.django_db(transaction=True)
def test_a_city_is_made_by_the_database_with_its_indexes_in_place(client, monkeypatch):
    monkeypatch.setattr(full_city, "_execute", lambda statement: None)  # VACUUM is nothing for a test
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename LIKE 'activities_%%'")
        indexes = cursor.fetchone()
    full_city.found(citizens=12, activities_each=3)
    assert (Citizen.objects.count(), Activity.objects.count()) == (12, 36)
    assert DailyTotal.objects.count() == Reduction.objects.count() == 36
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename LIKE 'activities_%%'")
        assert cursor.fetchone() == indexes
    client.force_login(Citizen.objects.get(pk=full_city.key("citizen", 7)).user)
    assert client.get("/home/").context["known"]
    assert client.get(f"/activities/{full_city.key('activity', 7)}/").status_code == 200
    assert client.get(f"/activities/{full_city.key('activity', 8)}/").status_code == 404
