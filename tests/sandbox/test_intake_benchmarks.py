"""The benchmarks of intake, small: a city with a past is sound, and killed workers leave the books as they must be."""

import pytest

from sandbox.benchmarks import faults, intake

pytestmark = pytest.mark.django_db(transaction=True)


def test_killed_workers_and_doors_lose_nothing_and_book_nothing_twice(monkeypatch):
    monkeypatch.setitem(faults.SIZES, "small", {"kills": 6, "citizens": 20, "rows": 40, "bodies": 4, "restarts": 0})
    figures = faults.run("small")
    exact = {"kills": 6, "lost": 0, "doubled": 0, "full_disk_refused": 1, "deliveries": 4, "breaches": 0}
    assert {name: figures[name] for name in exact} == exact
    assert figures["points"] > 0


def test_intake_is_measured_on_a_sound_city_with_a_past():
    figures = intake.run("small", citizens=30, earlier=60, rows=60, orm_rows=10)
    exact = {"citizens": 30, "earlier_events": 60, "grown_events": 180, "events": 60, "breaches": 0}
    assert {name: figures[name] for name in exact} == exact
    ratios = ("events_per_s", "vs_orm", "vs_copy", "growth_30m", "two_workers", "wal_bytes_per_event", "peak_rss_mb")
    assert all(figures[name] > 0 for name in ratios)
