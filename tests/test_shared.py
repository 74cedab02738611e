"""What pages share is read once a minute by each process, and anew when the process itself changes it."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from activities.models import Scenario
from config import shared
from dashboard import statistics
from dashboard.achievements import levels

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return [scene.name for scene in statistics.scenes()]


def test_it_is_read_once_for_each_language(django_assert_num_queries):
    found = {}
    with django_assert_num_queries(2):
        for language in ("zh-hans", "en", "zh-hans", "en"):
            with translation.override(language):
                found[language] = names()
    assert found["zh-hans"][0] != found["en"][0]


def test_a_change_of_this_process_shows_at_once():
    before, bike = names(), Scenario.objects.get(code="shared-bike")
    bike.name_zh = "单车"
    bike.save()
    assert "单车" not in before
    assert "单车" in names()


def test_a_change_of_another_shows_when_the_minute_is_over():
    before = names()
    Scenario.objects.filter(code="shared-bike").update(name_zh="单车")  # as if elsewhere: nobody here is told
    assert names() == before
    caches["process"].clear()  # the minute is over
    assert "单车" in names()


def test_a_web_process_reads_it_beside_the_requests_in_every_language(django_assert_num_queries):
    shared.refresh()
    before = names()
    Scenario.objects.filter(code="shared-bike").update(name_zh="单车", name_en="Bicycle")
    shared.refresh()
    with django_assert_num_queries(0):
        assert "单车" not in before and "单车" in names()
        with translation.override("en"):
            assert "Bicycle" in names()


def test_a_change_lets_go_of_what_it_belongs_to_alone():
    shared.refresh()
    Scenario.objects.get(code="shared-bike").save()
    with CaptureQueriesContext(connection) as queries:
        names(), levels.catalogue()
    assert [query["sql"].split('"')[1] for query in queries] == ["activities_scenario"]


def test_what_is_kept_outlives_a_database_that_is_away(monkeypatch, caplog):
    before = names()

    def away() -> None:
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(shared, "_readers", [away])
    shared._try_to_refresh()
    assert "the database system is starting up" in caplog.text
    assert names() == before


def test_what_a_page_changes_in_its_copy_stays_with_it():
    statistics.scenes().clear()
    assert names()


def test_a_scenario_that_another_process_made_is_known_at_once_where_it_is_asked_for(bike_copy):
    assert "新场景" not in names()
    assert statistics.scene(bike_copy).name == "新场景"
    assert "新场景" in names()


@pytest.fixture
def bike_copy() -> int:
    """The id of a scenario of which this process was not told."""
    names()
    copy = Scenario.objects.get(code="shared-bike")
    copy.pk, copy.code, copy.name_zh = None, "new", "新场景"
    Scenario.objects.bulk_create([copy])  # sends no signal, as if it happened elsewhere
    return copy.pk
