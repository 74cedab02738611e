"""The city in numbers: nothing that stands for fewer than ten people is shown, or follows from what is shown."""

import csv
import io
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import District
from activities.models import Scenario
from dashboard.city import anonymity, drawing, files, publication
from dashboard.city.publication import Cell, Kind
from dashboard.models import CityFigure

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
PEOPLE = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), min_size=1)


@pytest.mark.parametrize(
    ("_case", "people", "disjoint", "hidden"),
    [
        ("all are many", {"a": 10, "b": 11}, True, ""),
        ("nobody is nobody", {"a": 0, "b": 11}, True, ""),
        ("one of few takes the next along", {"a": 3, "b": 12, "c": 30}, True, "ab"),
        ("two of few who are enough together", {"a": 5, "b": 6, "c": 30}, True, "ab"),
        ("two of few who are not", {"a": 3, "b": 4, "c": 30, "d": 20}, True, "abd"),
        ("two of few who may be the same people", {"a": 6, "b": 6, "c": 30}, False, "abc"),
        ("nothing left to hide", {"a": 9, "b": 9}, True, "ab"),
    ],
)
def test_cells_are_hidden_with_as_many_others_as_it_takes(_case, people, disjoint, hidden):
    assert anonymity.hidden(people, disjoint=disjoint) == set(hidden)


@given(PEOPLE, st.booleans())
def test_no_hidden_cell_follows_by_subtraction(people, disjoint):
    hidden = anonymity.hidden(people, disjoint=disjoint)
    assert {key for key, count in people.items() if 0 < count < anonymity.K} <= hidden
    rest = [people[key] for key in hidden]
    others = [count for key, count in people.items() if key not in hidden and count > 0]
    if rest and others:  # else only the total is shown, which has a rule of its own
        assert len(rest) > 1
        assert (sum(rest) if disjoint else max(rest)) >= anonymity.K


def union(counts, more):
    """How many people are in at least one of the cells: between the largest and the sum."""
    return min(sum(counts), max(counts) + more)


VERSIONS = st.dictionaries(
    st.tuples(st.sampled_from("pqrst"), st.integers(1, 3)), st.integers(1, 40), min_size=1, max_size=10
)


@given(VERSIONS, st.integers(0, 30))
def test_no_hidden_scenario_or_version_follows_from_the_shown_ones(versions, more):
    """Solves all that is shown as linear equations: no hidden amount is determined by them."""
    scenarios = sorted({scenario for scenario, _version in versions})
    people = {each: union([count for key, count in versions.items() if key[0] == each], more) for each in scenarios}
    everybody = union(list(people.values()), more)
    hidden = publication.hide(
        {
            Kind.TOTAL: {"": Cell(everybody, 1, 1)},
            Kind.SCENARIO: {scenario: Cell(count, 1, 1) for scenario, count in people.items()},
            Kind.METHODOLOGY: {f"{name}/{version}": Cell(count, 1, 1) for (name, version), count in versions.items()},
            Kind.DISTRICT: {},
            Kind.PARTICIPATION: {},
        }
    )
    if everybody < anonymity.K:
        assert hidden[Kind.SCENARIO] == set(scenarios)
        return
    keys = sorted(versions)

    def row(wanted) -> np.ndarray:
        return np.array([1.0 if key in wanted else 0.0 for key in keys])

    shown = [row(keys)]
    shown += [row([key for key in keys if key[0] == each]) for each in scenarios if each not in hidden[Kind.SCENARIO]]
    shown += [row([key]) for key in keys if f"{key[0]}/{key[1]}" not in hidden[Kind.METHODOLOGY]]
    rank = np.linalg.matrix_rank(np.array(shown))
    few = [row([key]) for key, count in versions.items() if count < anonymity.K]
    few += [row([key for key in keys if key[0] == each]) for each, count in people.items() if count < anonymity.K]
    for secret in few:
        assert np.linalg.matrix_rank(np.array([*shown, secret])) > rank


@given(st.integers(10, 60), st.integers(0, 60), st.integers(0, 60))
def test_participation_never_shows_a_difference_of_few(total, linked, accounts):
    hidden = anonymity.hidden_chain({"linked": linked, "accounts": accounts}, total)
    shown = [total] + [count for key, count in (("linked", linked), ("accounts", accounts)) if key not in hidden]
    for one in shown:
        assert not 0 < one < anonymity.K
        assert all(one == other or abs(one - other) >= anonymity.K for other in shown)


@pytest.fixture
def lively(make_citizen, total, metro, district):
    """October: 12 people ride bikes in the lake district, one of them takes the metro, and three live elsewhere."""
    people = [make_citizen(district=district) for _number in range(12)] + [make_citizen() for _number in range(3)]
    for citizen in people:
        total(citizen, OCTOBER + timedelta(days=5), 100_000, 10)
    total(people[0], OCTOBER + timedelta(days=6), 7_000_000, 700, metro)
    return people


def test_a_month_is_published_once_a_week_after_its_end_and_never_changes(lively, total):
    assert publication.publish_due(date(2026, 11, 7)) == []
    assert publication.publish_due(date(2026, 11, 8)) == [OCTOBER]
    total(lively[1], OCTOBER, 5_000_000, 500)
    assert publication.publish_due(date(2026, 11, 9)) == []
    figures = publication.figures(OCTOBER)
    assert figures["total"][""].reduction_mg == 8_500_000
    assert (figures["total"][""].citizens, figures["total"][""].activities) == (15, 16)


def test_few_people_and_what_would_give_them_away_are_not_even_stored(lively):
    publication.publish(OCTOBER)
    figures = publication.figures(OCTOBER)
    for kind, keys in [("district", ["lake", "-"]), ("scenario", ["metro", "shared-bike"])]:
        for key in keys:
            figure = figures[kind][key]
            assert (figure.hidden, figure.citizens, figure.activities, figure.reduction_mg) == (True, 0, None, None)


def test_a_month_of_few_shows_nothing(make_citizen, total):
    total(make_citizen(), OCTOBER, 5_000_000)
    publication.publish(OCTOBER)
    assert all(figure.hidden for figure in CityFigure.objects.all())


def test_the_database_refuses_a_hidden_figure_with_a_number(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        CityFigure.objects.create(month=OCTOBER, kind="total", hidden=True, citizens=3)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_everybody_reads_the_city_without_signing_in(client, lively, total, make_citizen, language):
    client.cookies["tanpuhui_language"] = language
    assert client.get("/city/").status_code == 200  # before the first month is published
    District.objects.filter(code="lake").update(outline="0,0 100,0 100,100")
    for _number in range(12):
        total(make_citizen(), OCTOBER + timedelta(days=3), 2_000_000)
    publication.publish(OCTOBER)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/city/")
    assert len(queries) <= 12
    assert '<polygon class="level-' in page.text
    assert "27" in page.text
    assert "7.00" not in page.text
    assert client.get("/city/?month=1999-01-01").status_code == 200


def test_the_figures_are_downloaded_with_hidden_ones_marked(client, lively):
    publication.publish(OCTOBER)
    rows = figures_file(client)
    assert {"month": "2026-10-01", "kind": "total", "key": "", "hidden": "false"}.items() <= rows[-1].items()
    metro = next(row for row in rows if row["key"] == "metro")
    assert (metro["hidden"], metro["citizens"], metro["reduction_mg"]) == ("true", "", "")
    document = client.get("/city/figures.json").json()
    assert document["k"] == 10
    assert next(row for row in document["figures"] if row["key"] == "metro")["hidden"] is True


def figures_file(client) -> list[dict[str, str]]:
    text = client.get("/city/figures.csv").content.decode()
    assert text.startswith(files.BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(files.BOM))))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_file_names_what_its_codes_stand_for_in_both_languages(client, lively, language, django_assert_num_queries):
    client.cookies["tanpuhui_language"] = language
    publication.publish(OCTOBER)
    CityFigure.objects.create(month=OCTOBER, kind="methodology", key="metro/2", citizens=12)
    found = {(row["kind"], row["key"]): (row["name_zh"], row["name_en"]) for row in figures_file(client)}
    metro, lake = Scenario.objects.get(code="metro"), District.objects.get(code="lake")
    assert found == {
        ("total", ""): ("合计", "total"),
        ("district", "-"): ("未填写所在区", "no district given"),
        ("district", "lake"): (lake.name_zh, lake.name_en),
        ("scenario", "metro"): (metro.name_zh, metro.name_en),
        ("scenario", "shared-bike"): ("共享单车", "Shared bike"),
        ("methodology", "metro/2"): (f"{metro.name_zh}，第 2 版", f"{metro.name_en}, version 2"),
        ("participation", "accounts"): ("碳账户", "Carbon accounts"),
        ("participation", "linked"): ("已关联来源", "With a linked source"),
    }
    with django_assert_num_queries(3):
        files.rows()


def figure(amount_mg: int, *, hidden: bool = False) -> CityFigure:
    return CityFigure(hidden=hidden, citizens=0 if hidden else 20, reduction_mg=None if hidden else amount_mg)


def test_shades_follow_the_order_of_amounts_and_nothing_has_none():
    assert drawing.levels([10, 0, 40, 30, 20]) == [1, 0, 4, 3, 2]
    assert drawing.levels([0]) == [0]


def test_lines_stand_by_amount_then_nothing_then_what_is_hidden():
    rows = [("a", figure(30)), ("b", figure(0, hidden=True)), ("c", None), ("d", figure(120)), ("e", figure(0))]
    found = drawing.lines((key, key, each) for key, each in rows)
    assert [(line.name, line.percent, line.level, line.hidden) for line in found] == [
        ("d", 100, 3, False),
        ("a", 25, 1, False),
        ("c", 0, 0, False),
        ("e", 0, 0, False),
        ("b", 0, 0, True),
    ]
    assert drawing.key(found) == [(1, 30, 30), (3, 120, 120)]


def test_months_stand_beside_each_other_and_hidden_ones_show_no_height():
    months = [
        (date(2026, number, 1), each) for number, each in enumerate((None, figure(5, hidden=True), figure(40)), 8)
    ]
    first, hidden, highest = drawing.columns(months)
    assert (first.height, hidden.height, highest.height) == ("0.00%", "34.00%", "68.00%")
    assert drawing.columns([months[1], (NOVEMBER, figure(10_000))])[0].height == hidden.height
    assert (highest.y, highest.x, highest.width, highest.middle) == ("14.00%", "73.00%", "20.67%", "83.33%")


def test_the_months_are_drawn_and_written_and_lead_to_each_other(client, lively, total, make_citizen):
    client.cookies["tanpuhui_language"] = "en"
    for _number in range(12):
        total(make_citizen(), date(2026, 9, 3), 2_000_000)
    for month in (9, 10):
        publication.publish(date(2026, month, 1))
    page = client.get("/city/").text
    assert 'href="?month=2026-09-01" aria-label="Sep 2026: 24.0\u202fkg"' in page
    assert 'href="?month=2026-10-01" aria-current="true" aria-label="Oct 2026: 8.50\u202fkg"' in page
    assert "65% less than in Sep 2026" in page
    assert page.count("not shown: too few people") >= 2
    earlier = client.get("/city/?month=2026-09-01").text
    assert "Reduced in Sep 2026" in earlier
    assert "2.00" in earlier  # kg for each person


def test_a_district_of_nobody_is_no_district_of_few(client, lively, total, make_citizen):
    client.cookies["tanpuhui_language"] = "en"
    far = District.objects.create(code="far", name_zh="远郊", name_en="Outskirts", outline="0,0 9,0 9,9")
    few = District.objects.create(code="few", name_zh="少", name_en="Few", outline="0,0 5,0 5,5")
    for _number in range(11):
        total(make_citizen(district=few), OCTOBER, 1_000_000)
    total(make_citizen(), OCTOBER, 1_000_000)
    publication.publish(OCTOBER)
    page = client.get("/city/").text
    assert far.name_en in page
    assert '<polygon class="level-0" points="0,0 9,0 9,9"/>' in page
    assert '<polygon fill="url(#hatch-map)"' in page
    assert "nothing reported" in page
