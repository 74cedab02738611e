"""History: one bar's entries, comparison, the calendar of a year, filters, and the file to take along."""

import csv
import html
import io
import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.linking import links
from accounts.linking.models import Consent, Link
from activities.integrity import reasons
from activities.models import DailyTotal
from config import clock
from dashboard import periods
from dashboard.history import exports, heat
from dashboard.periods import Comparison, Step
from dashboard.templatetags.amounts import entry_moment
from tests.dashboard.conftest import TODAY

ENTRY = re.compile(r'href="/activities/([0-9a-f-]+)/"')


def read(response):
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize(
    ("step", "comparison", "start", "end"),
    [
        (Step.DAY, Comparison.BEFORE, date(2026, 10, 22), date(2026, 11, 5)),
        (Step.DAY, Comparison.YEAR, date(2025, 11, 6), date(2025, 11, 20)),  # Thursdays, as in 2026
        (Step.MONTH, Comparison.YEAR, date(2024, 12, 1), date(2025, 12, 1)),
        (Step.MONTH, Comparison.BEFORE, date(2024, 12, 1), date(2025, 12, 1)),
        (Step.YEAR, Comparison.YEAR, date(2021, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_window_is_compared_bar_by_bar(step, comparison, start, end):
    span = periods.window(step, TODAY)
    other = periods.compared(span, comparison)
    assert (other.start, other.end) == (start, end)
    assert len(other.starts()) == len(span.starts())


def test_history_shows_what_it_is_compared_with(signed_in, alice, total):
    signed_in.cookies["tanpuhui_language"] = "en"
    total(alice, TODAY, 67_760)
    total(alice, TODAY - timedelta(days=14), 1_230_000)
    page = signed_in.get("/history/?compare=before")
    line = page.context["figure"]["data"][-1]
    assert (line["name"], line["y"][-1]) == ("22 Oct – 4 Nov 2026", 1.23)
    assert page.context["other_total"].reduction_mg == 1_230_000
    assert "Compared" in page.text


def test_a_bar_shows_its_entries_alone(signed_in, alice, make_activity, total):
    today, earlier = make_activity(alice), make_activity(alice, TODAY - timedelta(days=1))
    total(alice, TODAY, 67_760)
    whole = signed_in.get("/history/")
    assert "bar=2026-11-18" in whole.text
    assert whole.context["figure"]["data"][0]["customdata"][-1][2] == "2026-11-18"
    part = signed_in.get("/history/?bar=2026-11-18", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert str(today.pk) in part.text
    assert str(earlier.pk) not in part.text


def test_entries_are_filtered_by_status_and_source(signed_in, alice, make_activity):
    counted, refused = make_activity(alice), make_activity(alice, reason="overlap", hour=7)
    for query, shown, hidden in [
        ("status=rejected", refused, counted),
        ("status=accepted", counted, refused),
    ]:
        page = signed_in.get(f"/history/?{query}").text
        assert str(shown.pk) in page
        assert str(hidden.pk) not in page
    assert str(counted.pk) in signed_in.get(f"/history/?source={counted.feed.partner.code}").text
    assert str(counted.pk) not in signed_in.get("/history/?source=green-bank").text
    assert str(counted.pk) in signed_in.get("/history/?source=nobody").text
    assert signed_in.get("/history/?status=nonsense&compare=moon&bar=never").status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Counted", "Being checked", "Not counted"]), ("zh-hans", ["已计入", "核验中", "未计入"])],
)
def test_the_filter_says_what_the_badges_say(signed_in, alice, make_activity, language, words):
    make_activity(alice, reason="overlap")
    signed_in.cookies["tanpuhui_language"] = language
    page = signed_in.get("/history/").text
    states = ["accepted", "held", "rejected"]
    assert [f'<option value="{state}">{word}</option>' in page for state, word in zip(states, words, strict=True)] == [
        True
    ] * 3
    badge = words[2].lower()
    assert f'<span class="badge rejected">{badge}</span>' in page
    row = next(csv.DictReader(io.StringIO(read(signed_in.get("/history/entries.csv")).removeprefix(exports.BOM))))
    assert row["status_name"] == badge


def test_the_sources_to_choose_from_are_those_linked_now_or_ever(signed_in, alice, feed, make_activity):
    make_activity(alice)
    links.open_many(feed.partner, [(alice, "rider-1")], reads_from=clock.day_start(TODAY))
    option = f'<option value="{feed.partner.code}">'
    assert option in signed_in.get("/history/").text
    links.end_all(alice.pk, Link.End.CITIZEN, Consent.Channel.WEB)
    assert option in signed_in.get("/history/").text


def test_the_days_of_the_calendar_open_their_entries(signed_in, alice, total):
    total(alice, TODAY, 67_760)
    page = signed_in.get("/history/?by=month&scenario=shared-bike&after=x", headers={"accept-language": "en"}).text
    assert page.count('tabindex="-1" title="') == 1
    assert (
        '<a href="?by=day&amp;scenario=shared-bike&amp;bar=2026-11-18#entries" tabindex="-1" '
        'title="18 Nov 2026: 68\u202fg">18 Nov 2026: 68\u202fg</a>'
    ) in page


def test_a_link_that_changes_the_page_gets_the_page_and_one_that_wants_a_part_gets_that(signed_in, alice, total):
    total(alice, TODAY, 67_760)
    asked = {"HX-Request": "true", "HX-Boosted": "true"}
    whole = signed_in.get("/history/?by=week", headers=asked)
    assert 'id="content"' in whole.text
    assert "HX-Request" in whole["Vary"]  # the browser must not show the part where somebody goes back to the page
    assert 'id="content"' not in signed_in.get("/history/?by=week", headers={"HX-Request": "true"}).text


@given(st.dictionaries(st.dates(date(2025, 6, 1), date(2026, 12, 31)), st.integers(-5, 10**7)), st.dates(TODAY))
def test_the_calendar_has_every_day_once_and_greater_days_are_not_paler(sums, last):
    found = heat.calendar(sums, last)
    cells = [cell for row in found.rows for cell in row if cell]
    assert sorted(cell.day for cell in cells) == [
        heat.first_day(last) + timedelta(days=number) for number in range((last - heat.first_day(last)).days + 1)
    ]
    assert sum(weeks for _month, weeks in found.months) == heat.WEEKS
    ordered = sorted(cells, key=lambda cell: cell.reduction_mg)
    assert [cell.level for cell in ordered] == sorted(cell.level for cell in ordered)
    assert all((cell.level == 0) == (cell.reduction_mg <= 0) for cell in cells)


@pytest.mark.parametrize("rows", [1, 60])
def test_history_takes_at_most_twelve_queries_however_long_it_is(signed_in, alice, make_activity, total, rows):
    for number in range(rows):
        make_activity(alice, TODAY - timedelta(days=number % 30), hour=number % 24)
        total(alice, TODAY - timedelta(days=number), 67_760, 7)
    with CaptureQueriesContext(connection) as queries:
        assert signed_in.get("/history/?by=year&compare=year").status_code == 200
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) <= 12  # the test's own transaction


@pytest.mark.parametrize(
    ("query", "rows"), [("", 10), ("?by=week", 5), ("?by=year", 5), ("?by=year&bar=2026-11-18", 10)]
)
def test_below_bars_of_weeks_and_more_stand_fewer_entries_and_the_rest_is_a_tap_away(
    signed_in, alice, make_activity, total, query, rows
):
    for number in range(12):
        make_activity(alice, TODAY - timedelta(days=number // 4), hour=number % 24)
    for day in range(3):
        total(alice, TODAY - timedelta(days=day), 4 * 67_760, 28)
    DailyTotal.objects.update(activities=4)
    page = signed_in.get(f"/history/{query}").text
    shown = ENTRY.findall(page)
    assert len(shown) == len(set(shown)) == rows
    following = html.unescape(re.search(r'hx-get="(\?[^"]*after=[^"]+)"', page)[1])
    rest = ENTRY.findall(signed_in.get(f"/history/{following}", headers={"HX-Request": "true"}).text)
    assert len({*shown, *rest}) == 12 and len(rest) == 12 - rows


def test_a_citizen_takes_all_entries_along_and_nobody_elses(signed_in, alice, bob, make_activity, monkeypatch):
    monkeypatch.setattr(exports, "PAGE", 2)
    own = [make_activity(alice, TODAY - timedelta(days=number)) for number in range(3)]
    refused = make_activity(alice, date(2024, 5, 5), reason="overlap")
    make_activity(bob)
    response = signed_in.get("/history/entries.csv")
    assert response.headers["X-Total-Count"] == "4"
    rows = list(csv.DictReader(io.StringIO(read(response).removeprefix(exports.BOM))))
    assert [row["id"] for row in rows] == [str(activity.pk) for activity in [*own, refused]]
    assert (rows[0]["reduction_mg"], rows[0]["points"], rows[0]["scenario"]) == ("67760", "7", "shared-bike")
    assert (rows[3]["status"], rows[3]["reason"], rows[3]["reduction_mg"]) == ("rejected", "overlap", "")
    assert (rows[0]["scenario_name"], rows[3]["status_name"]) == ("共享单车", "未计入")
    assert [row["started_at"] for row in rows[:2]] == ["2026-11-18T08:00:00+08:00", "2026-11-17T08:00:00+08:00"]
    assert rows[3]["reason_text"] == reasons.describe("overlap")
    document = json.loads(read(signed_in.get("/history/entries.json?status=rejected")))
    assert [entry["id"] for entry in document["entries"]] == [str(refused.pk)]
    assert document["entries"][0]["points"] is None
    assert signed_in.get("/history/entries.xml").status_code == 404


def test_an_empty_history_is_a_file_too(signed_in):
    assert json.loads(read(signed_in.get("/history/entries.json"))) == {"entries": []}
    assert read(signed_in.get("/history/entries.csv")).strip() == exports.BOM + ",".join(exports.FIELDS)


def test_names_in_a_file_are_in_the_reader_s_language(signed_in, alice, make_activity):
    make_activity(alice)
    response = signed_in.get("/history/entries.json", headers={"accept-language": "en"})
    with translation.override("zh-hans"):  # the file is written when the request is over
        [entry] = json.loads(read(response))["entries"]
    assert (entry["scenario_name"], entry["partner_name"]) == ("Shared bike", "Mobike (Shanghai sample)")


def test_the_app_takes_the_same_file(signed_in, alice, make_activity):
    activity = make_activity(alice)
    assert str(activity.pk) in read(signed_in.get("/api/v1/activities/export.csv"))
    assert str(activity.pk) not in read(signed_in.get("/api/v1/activities/export.json?status=held"))
    assert signed_in.get("/api/v1/activities/export.csv?scenario=nonsense").status_code == 404


def test_a_visitor_gets_no_file(client, db):
    assert client.get("/history/entries.csv").status_code == 302
    assert client.get("/api/v1/activities/export.csv").status_code in (401, 403)


def test_history_of_somebody_new_says_where_to_begin_and_nothing_else(signed_in):
    page = signed_in.get("/history/", headers={"accept-language": "en"}).content.decode()
    assert "Link your first account" in page
    assert "Nothing was counted" not in page
    assert "Take it with you" not in page


def test_what_is_reported_by_the_day_has_no_time(alice, make_activity):
    assert entry_moment(make_activity(alice, hour=0, ended_at=None)) == "11月18日"
    assert entry_moment(make_activity(alice, hour=0)) == "11月18日 00:00"
