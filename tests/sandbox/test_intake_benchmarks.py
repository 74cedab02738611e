"""The benchmarks of intake, small: a city with a past is sound, and killed workers leave the books as they must be."""

import pytest

from sandbox.benchmarks import city_file, faults, intake

pytestmark = pytest.mark.django_db(transaction=True)


def test_killed_workers_lose_nothing_and_book_nothing_twice():
    """Real workers and a real web server; the database is restarted, and its disk filled, only by the command."""
    sizes = {"kills": 3, "web_kills": 1, "citizens": 10, "bodies": 5, "rows": 20, "heartbeat_s": 1, "outages": 0}
    figures = faults.run("small", **sizes)
    exact = {"kills": 3, "lost": 0, "doubled": 0, "web_kills": 1, "deliveries": 5, "breaches": 0, "differing_books": {}}
    assert {name: figures[name] for name in exact} == exact
    assert figures["answers"]["202"] == 2
    assert figures["points"] > 0


def test_intake_is_measured_on_a_sound_city_with_a_past():
    figures = intake.run("small", citizens=30, earlier=300, rows=60, orm_rows=9)
    exact = {"citizens": 30, "earlier_events": 300, "grown_events": 900, "events": 60, "breaches": 0}
    assert {name: figures[name] for name in exact} == exact
    ratios = ("events_per_s", "vs_orm", "vs_copy", "growth_30m", "two_workers", "wal_bytes_per_event", "peak_rss_mb")
    assert all(figures[name] > 0 for name in ratios)


def test_an_operators_day_is_mostly_of_strangers():
    figures = city_file.measure(6000)
    exact = {"rows": 6000, "accepted": 300, "rejected": 0, "unlinked": 5700, "quarantined": 0, "linked_rows": 300}
    assert {name: figures[name] for name in exact} == exact
    assert (figures["strangers_rows"], figures["body_bytes"] > 0, figures["peak_rss_mb"] > 0) == (150, True, True)
