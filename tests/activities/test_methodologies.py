"""The families as pure functions: published figures, bounds, and properties."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from activities.methodologies import families
from activities.methodologies.columns import Columns
from activities.methodologies.explain import explain
from activities.methodologies.families import ParametersInvalid
from activities.models import Methodology, Reduction, Scenario
from tests.activities.conftest import rides, take_in

BIKE = {"baseline_g_per_km": "42.58", "mode_g_per_km": "8.7", "distance_max_m": 20_000}
METRO = {"baseline_g_per_km": "104", "mode_g_per_km": "32", "distance_max_m": 80_000}


def quantify(family: str, parameters: dict, *, distance_m=None, basis="reported", quantity=None) -> int:
    return int(families.quantify(family, parameters, Columns.of([distance_m], [basis], [quantity]))[0])


@pytest.mark.parametrize(
    ("parameters", "distance_m", "reduction_mg"),
    [
        (BIKE, 1_000, 33_880),  # Hellobike 2022: 33.88 g per person-km
        (METRO, 34_900, 2_512_800),  # the official 34.9 km example says 2,517 g with a factor of 72.1 g/km
        ({**METRO, "mode_g_per_km": "31.88"}, 34_900, 2_516_988),
        ({**METRO, "mode_g_per_km": "52"}, 1_000, 52_000),  # DB11/T 3043 bus
        ({**METRO, "mode_g_per_km": "8.7"}, 1_000, 95_300),  # DB11/T 3043 bike
        (BIKE, 0, 0),
        (BIKE, 25_000, 20_000 * 33_880 // 1000),  # capped
    ],
)
def test_distance_shift_gives_the_published_figures(parameters, distance_m, reduction_mg):
    assert quantify("distance_shift", parameters, distance_m=distance_m) == reduction_mg


def test_distance_shift_takes_the_default_only_where_no_distance_is_known():
    parameters = {**METRO, "distance_default_m": 2_000}
    assert quantify("distance_shift", parameters) == 144_000
    assert quantify("distance_shift", parameters, distance_m=500) == 36_000
    assert quantify("distance_shift", METRO) == -1


def test_a_straight_line_counts_times_the_detour():
    parameters = {**BIKE, "crow_fly_detour": "1.28"}
    assert quantify("distance_shift", parameters, distance_m=1_000, basis="crow_fly") == 1_280 * 33_880 // 1000
    assert quantify("distance_shift", parameters, distance_m=1_000, basis="track") == 33_880


def test_steps_and_items():
    walking = {"g_per_step": "0.02", "steps_max": 14_800}
    assert quantify("steps", walking, quantity=7_400) == 148_000
    assert quantify("steps", walking, quantity=99_999) == 296_000  # Ant Forest's daily cap
    assert quantify("steps", walking) == -1
    assert quantify("per_item", {"g_per_item": "39"}) == 39_000
    assert quantify("per_item", {"g_per_item": "39", "items_max": 3}, quantity=5) == 117_000


metres = st.integers(0, 2_000_000)
factors = st.decimals(0, 1000, places=3)


@given(metres, metres, factors, factors)
def test_distance_shift_is_monotone_and_never_above_the_baseline(first_m, second_m, one, other):
    baseline, mode = max(one, other), min(one, other)
    parameters = {"baseline_g_per_km": str(baseline), "mode_g_per_km": str(mode), "distance_max_m": 1_000_000}
    less, more = sorted((first_m, second_m))
    reductions = [quantify("distance_shift", parameters, distance_m=value) for value in (less, more)]
    assert 0 <= reductions[0] <= reductions[1]
    assert reductions[1] <= min(more, 1_000_000) * baseline


@given(st.integers(0, 500_000), st.integers(0, 500_000))
def test_distance_shift_is_additive_up_to_rounding(first_m, second_m):
    parameters = {**BIKE, "distance_max_m": 1_000_000}
    apart = sum(quantify("distance_shift", parameters, distance_m=value) for value in (first_m, second_m))
    assert 0 <= quantify("distance_shift", parameters, distance_m=first_m + second_m) - apart <= 1


@pytest.mark.parametrize(
    ("family", "parameters", "says"),
    [
        ("distance_shift", {**BIKE, "mode_g_per_km": "50"}, "mode_g_per_km <= baseline_g_per_km"),
        ("distance_shift", {**BIKE, "baseline_g_per_km": "1001"}, "baseline_g_per_km must be between 0 and 1000 g/pkm"),
        ("distance_shift", {**BIKE, "distance_max_m": 0}, "distance_max_m"),
        ("distance_shift", {**BIKE, "baseline": "1"}, "baseline"),
        ("distance_shift", {"mode_g_per_km": "1", "distance_max_m": 9}, "baseline_g_per_km"),
        ("steps", {"g_per_step": "2", "steps_max": 10}, "g_per_step"),
        ("guesswork", {}, "guesswork"),
    ],
)
def test_parameters_out_of_bounds_are_refused_by_name(family, parameters, says):
    with pytest.raises(ParametersInvalid, match=says):
        families.parse(family, parameters)


@pytest.fixture
def newer(publish_version) -> Methodology:
    return publish_version(
        Methodology(
            scenario=Scenario.objects.get(code="shared-bike"),
            version=2,
            family="distance_shift",
            parameters={**BIKE, "mode_g_per_km": "0.58"},
            valid_from=datetime(2016, 8, 1, 4, tzinfo=UTC),
            region="CN",
            source_zh="测试",
            source_en="a test",
        )
    )


def test_the_version_in_force_at_the_start_counts(alice, bike_feed, link, newer):
    link(alice, bike_feed, "7")
    take_in(
        bike_feed,
        rides(
            ("1", "7", "2016-08-01 11:59", "2016-08-01 12:09", "1"),
            ("2", "7", "2016-08-01 12:10", "2016-08-01 12:20", "1"),
        ),
    )
    booked = Reduction.objects.order_by("reduction_mg").values_list("reduction_mg", "methodology__version")
    assert list(booked) == [(33_880, 1), (42_000, 2)]


def test_a_published_version_is_immutable_in_the_database(newer):
    newer.parameters = BIKE
    for change in (newer.save, newer.delete, lambda: Methodology.objects.update(source_en="x")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert Methodology.objects.get(pk=newer.pk).parameters["mode_g_per_km"] == "0.58"


def test_reductions_are_append_only(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1")))
    for statement in ("UPDATE activities_reduction SET reduction_mg = 1", "DELETE FROM activities_reduction"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


def test_an_explanation_recomputes_what_is_booked(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    reduction = Reduction.objects.select_related("methodology").get()
    with translation.override("en"):
        explanation = explain(reduction, reduction.methodology)
    assert explanation.reduction_mg == reduction.reduction_mg
    assert explanation.calculation == "1.5 km × (42.58 − 8.7) g/km = 50.82 g"
    assert explanation.points_calculation == (
        "(0 g carried over + 50.82 g) ÷ 10 g per point = 5; 0.82 g are carried to the next entry"
    )
    assert Decimal("33.88") * Decimal("1.5") == Decimal("50.82")
