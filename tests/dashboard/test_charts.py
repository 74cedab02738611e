import json
import re
from datetime import date, timedelta

import plotly.graph_objects as go
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from dashboard.history import charts
from dashboard.history.charts import Label, Stack, Texts
from dashboard.periods import Step, window
from dashboard.templatetags import amounts

TEXTS = Texts({"g": "grams", "kg": "kilos"}, lambda amount_mg: f"<{amount_mg}>")
LABELS = [Label("1/11", "1 Nov"), Label("2/11", "2 Nov")]


def test_a_figure_stacks_one_trace_per_scenario():
    figure = charts.stacked_bars(LABELS, [Stack("Bike", 1, {0: 5_000}), Stack("Metro", 2, {1: 2_500})], TEXTS)
    assert [(trace["name"], trace["x"], trace["y"]) for trace in figure["data"]] == [
        ("Bike", [0, 1], [5.0, 0.0]),
        ("Metro", [0, 1], [0.0, 2.5]),
    ]
    assert figure["data"][1]["customdata"] == [["1 Nov", "<0>", ""], ["2 Nov", "<2500>", ""]]
    assert figure["layout"]["barmode"] == "stack"
    assert figure["layout"]["annotations"][0]["text"] == "grams"


def test_the_axis_is_in_kilograms_where_the_highest_stack_reaches_one():
    figure = charts.stacked_bars(LABELS, [Stack("a", 1, {0: 400_000}), Stack("b", 2, {0: 600_000})], TEXTS)
    assert [trace["y"][0] for trace in figure["data"]] == [0.4, 0.6]
    assert figure["layout"]["annotations"][0]["text"] == "kilos"


def test_colours_are_tokens_of_the_stylesheet_and_the_background_is_the_pages():
    figure = charts.stacked_bars(LABELS, [Stack("Bike", 3, {0: 1})], TEXTS)
    assert figure["data"][0]["marker"]["color"] == "var(--tint-3)"
    assert figure["layout"]["font"]["color"] == "var(--ink-soft)"
    assert figure["layout"]["paper_bgcolor"] == figure["layout"]["plot_bgcolor"] == charts.TRANSPARENT
    assert "template" not in figure["layout"]


def test_no_two_stacks_have_one_tint_and_the_larger_keeps_its_own():
    stacks = [Stack("bike", 1, {0: 5}), Stack("pool", 1, {0: 9}), Stack("walk", 2, {1: 1})]
    shown = charts.told_apart(stacks, "other")
    assert [(stack.name, stack.tint) for stack in shown] == [("bike", 3), ("pool", 1), ("walk", 2)]
    assert [stack.total_mg for stack in shown] == [5, 9, 1]


def test_what_is_left_over_of_many_stacks_is_one():
    stacks = [Stack(str(number), number % 8 + 1, {0: number + 1, number: 1}) for number in range(16)]
    shown = charts.told_apart(stacks, "other")
    assert [stack.tint for stack in shown if stack.tint != charts.REST] == [2, 3, 4, 5, 6, 7, 8]
    assert (shown[-1].name, shown[-1].tint, len(shown)) == ("other", charts.REST, 8)
    assert sum(stack.total_mg for stack in shown) == sum(stack.total_mg for stack in stacks)
    assert shown[-1].reduction_mg[0] == sum(stack.reduction_mg[0] for stack in stacks[:9])


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 99)), max_size=20))
def test_tints_are_never_shared(sizes):
    shown = charts.told_apart([Stack(str(n), tint, {0: mg}) for n, (tint, mg) in enumerate(sizes)], "other")
    assert len({stack.tint for stack in shown}) == len(shown) <= charts.TINTS
    assert sum(stack.total_mg for stack in shown) == sum(mg for _tint, mg in sizes)


def test_a_hover_text_needs_no_style_attribute():
    figure = charts.stacked_bars(LABELS, [Stack("Bike", 1, {0: 1})], TEXTS)
    assert set(re.findall(r"<(\w+)", figure["data"][0]["hovertemplate"])) == {"br", "extra"}


def test_a_figure_is_valid_for_plotly_and_small():
    labels = [Label(str(number), str(number)) for number in range(14)]
    figure = charts.stacked_bars(
        labels, [Stack(str(n), n, dict.fromkeys(range(14), 10**9)) for n in range(1, 9)], TEXTS
    )
    go.Figure(figure)
    assert len(json.dumps(figure)) < 12_000


@pytest.mark.parametrize(
    ("count", "shown"), [(1, [0]), (7, list(range(7))), (12, [1, 3, 5, 7, 9, 11]), (14, [1, 3, 5, 7, 9, 11, 13])]
)
def test_at_most_seven_ticks_are_named_and_the_newest_always(count, shown):
    labels = [Label(f"t{number}", "") for number in range(count)]
    axis = charts.stacked_bars(labels, [], TEXTS)["layout"]["xaxis"]
    assert axis["tickvals"] == shown
    assert axis["ticktext"] == [f"t{number}" for number in shown]


@pytest.mark.parametrize(
    ("amount_mg", "english", "chinese"),
    [
        (0, "0\u202fg", "0\u202f克"),
        (1, "0\u202fg", "0\u202f克"),
        (4_250, "4.3\u202fg", "4.3\u202f克"),
        (318_400, "318\u202fg", "318\u202f克"),
        (999_499, "999\u202fg", "999\u202f克"),
        (999_500, "1.00\u202fkg", "1.00\u202f千克"),
        (1_274_000, "1.27\u202fkg", "1.27\u202f千克"),
        (24_350_000, "24.4\u202fkg", "24.4\u202f千克"),
        (4_512_000_000, "4,512\u202fkg", "4,512\u202f千克"),
        (12_340_000_000, "12.3\u202ft", "12.3\u202f吨"),
        (None, "–", "–"),
    ],
)
def test_a_mass_has_three_sensible_digits(amount_mg, english, chinese):
    with translation.override("en"):
        assert amounts.mass(amount_mg) == english
    with translation.override("zh-hans"):
        assert amounts.mass(amount_mg) == chinese


@pytest.mark.parametrize(
    ("distance_m", "english"), [(0, "0\u202fm"), (850, "850\u202fm"), (3_449, "3.4\u202fkm"), (34_900, "34.9\u202fkm")]
)
def test_a_distance_is_in_metres_or_kilometres(distance_m, english):
    with translation.override("en"):
        assert amounts.distance(distance_m) == english


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [(0, "0 min", "0 分钟"), (12, "12 min", "12 分钟"), (95, "1 h 35 min", "1 小时 35 分钟")],
)
def test_a_duration_is_in_hours_and_minutes(minutes, english, chinese):
    with translation.override("en"):
        assert amounts.duration(timedelta(minutes=minutes)) == english
    with translation.override("zh-hans"):
        assert amounts.duration(timedelta(minutes=minutes)) == chinese


@pytest.mark.parametrize(
    ("step", "english", "chinese"),
    [
        (Step.DAY, "16 Nov, Mon", "11月16日 星期一"),
        (Step.WEEK, "16 Nov to 22 Nov", "11月16日至11月22日"),
        (Step.MONTH, "Nov 2026", "2026年11月"),
        (Step.YEAR, "2026", "2026年"),
    ],
)
def test_a_bar_is_named_in_the_readers_language(step, english, chinese):
    with translation.override("en"):
        assert amounts.bar_name(date(2026, 11, 16), step) == english
    with translation.override("zh-hans"):
        assert amounts.bar_name(date(2026, 11, 16), step) == chinese


def test_a_window_is_named_from_first_to_last_day():
    span = window(Step.DAY, date(2026, 11, 18))
    with translation.override("en"):
        assert amounts.window_name(span) == "5 Nov – 18 Nov 2026"
    with translation.override("zh-hans"):
        assert amounts.window_name(span) == "2026年11月5日 – 11月18日"
