"""Every family as a pure function: what it counts, and the properties that a verifier relies on."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.methodologies import families, parameters
from activities.methodologies.caps import cap_days
from activities.methodologies.columns import EVIDENCE, Columns
from activities.methodologies.families import FAMILIES, ParametersInvalid
from activities.methodologies.parameters import Bounds

SHIFT = {"baseline_g_per_km": "104", "mode_g_per_km": "32", "distance_max_m": 1_000_000}
CARPOOL = {"car_g_per_km": "250", "detour": "1.1", "system_g_per_ride": "10", "distance_max_m": 1_000_000}
CAR_FREE = {
    "classes": [{"code": "fuel", "km_per_day": "22", "g_per_km": "250"}],
    "substituted": "0.2",
}
CHARGING = {"grid_g_per_kwh": "536.6", "fuel_g_per_km": "250", "kwh_per_100km": "18.1", "energy_max_wh": 1_000_000}
SPEND = {
    "sectors": [
        {"name": "a", "mcc_from": 100, "mcc_to": 199, "usual_g_per_yuan": "50", "green_g_per_yuan": "20"},
        {"name": "b", "mcc_from": 200, "mcc_to": 200, "usual_g_per_yuan": "8", "green_g_per_yuan": "7.5"},
    ],
    "amount_max_fen": 100_000_000,
}
EXAMPLES = {
    "distance_shift": SHIFT,
    "carpool": CARPOOL,
    "per_ride": {"g_per_ride": "170", "rides_max": 100},
    "per_day": CAR_FREE,
    "per_item": {"g_per_kg": "3600", "mass_max_g": 1_000_000},
    "energy": CHARGING,
    "spend": SPEND,
    "steps": {"g_per_step": "0.02", "steps_max": 100_000},
}


def one(distance_m=None, basis="reported", quantity=None, evidence="operator_order", **inputs) -> Columns:
    return Columns.of([distance_m], [basis], [quantity], [evidence], [inputs])


def amount(family: str, given: dict, columns: Columns) -> int:
    return int(families.quantify(family, given, columns)[0])


def activity_of(family: str, size: int) -> Columns:
    """An activity of the family with so many metres, rides, grams, watt-hours, fen or steps."""
    if family in ("distance_shift", "carpool"):
        return one(distance_m=size)
    if family == "per_day":
        return one(duration_s=size, vehicle_class="fuel", odometer_m=0)
    if family in ("per_ride", "steps"):
        return one(quantity=size)
    return one(mass_g=size, energy_wh=size, amount_fen=size, mcc=150)


BASELINES_MG = {
    "distance_shift": 104,
    "carpool": 250,
    "per_day": Fraction(22 * 250 * 1000, 86_400),
    "energy": Fraction(25_000, 1) * 10 / 181,
    "spend": 500,
}
"""What would have been emitted without: mg for each metre, second, Wh or fen."""


@pytest.mark.parametrize("family", FAMILIES)
@given(sizes=st.lists(st.integers(0, 1_000_000), min_size=2, max_size=2).map(sorted))
@settings(max_examples=30, deadline=None)
def test_every_family_is_zero_at_zero_monotone_and_never_negative(family, sizes):
    nothing, less, more = (amount(family, EXAMPLES[family], activity_of(family, size)) for size in (0, *sizes))
    assert nothing == 0
    assert 0 <= less <= more


@pytest.mark.parametrize("family", BASELINES_MG)
@given(size=st.integers(0, 1_000_000))
@settings(max_examples=30, deadline=None)
def test_no_family_credits_more_than_the_baseline_emits(family, size):
    assert amount(family, EXAMPLES[family], activity_of(family, size)) <= size * BASELINES_MG[family]


@pytest.mark.parametrize("family", ["distance_shift", "per_item", "energy", "spend", "steps"])
@given(first=st.integers(0, 50_000), second=st.integers(0, 50_000))
@settings(max_examples=30, deadline=None)
def test_linear_families_are_additive_up_to_one_rounding(family, first, second):
    together, *apart = (
        amount(family, EXAMPLES[family], activity_of(family, size)) for size in (first + second, first, second)
    )
    assert 0 <= together - sum(apart) <= 1


@pytest.mark.parametrize("family", FAMILIES)
@given(size=st.integers(0, 1_000_000), discount=st.decimals(0, 1, places=3), leakage=st.decimals(0, 1, places=3))
@settings(max_examples=20, deadline=None)
def test_the_discount_and_leakage_are_exact_and_rounded_down_once(family, size, discount, leakage):
    given_now = {**EXAMPLES[family], "evidence": {"self_declared": str(discount)}, "leakage": str(leakage)}
    columns = activity_of(family, size)
    declared = Columns(**{name: getattr(columns, name) for name in Columns.__slots__} | {"evidence": np.array([4])})
    parsed = families.parse(family, given_now)
    terms = FAMILIES[family].measure(parsed, declared).terms
    exact = sum((int(term.quantity[0]) * term.mg_per_unit for term in terms), Fraction(0))
    share = Fraction(discount) * (1 - Fraction(leakage))
    assert amount(family, given_now, declared) == max(int(exact * share // 1), 0)


@given(st.integers(2**40, 2**62), st.decimals("0.000000001", 1000, places=9))
@settings(deadline=None)
def test_what_overflows_64_bits_is_still_exact(quantity, rate):
    given_now = {"g_per_step": "0.000000001", "steps_max": 100_000, "leakage": "0.000000001"}
    assert amount("steps", given_now, one(quantity=quantity)) == 0
    shift = {**SHIFT, "baseline_g_per_km": "1000", "mode_g_per_km": str(rate)}
    assert amount("distance_shift", shift, one(distance_m=quantity)) == int((1000 - Fraction(rate)) * 1_000_000)


@given(
    st.lists(st.tuples(st.integers(-1, 100_000), st.integers(0, 3)), min_size=1, max_size=30),
    st.integers(0, 200_000),
)
def test_a_days_cap_is_shared_in_the_given_order(rows, day_max_mg):
    amounts, days = (np.array(column) for column in zip(*rows, strict=True))
    left = dict.fromkeys(range(4), day_max_mg)
    expected = []
    for reduction_mg, day in rows:
        counted = min(reduction_mg, left[day])
        left[day] -= max(counted, 0)
        expected.append(counted if reduction_mg >= 0 else -1)
    assert cap_days(amounts, days, day_max_mg).tolist() == expected


def test_columns_give_the_same_milligrams_one_by_one_and_together():
    rng = np.random.default_rng(7)
    metres = rng.integers(0, 60_000, 500).tolist()
    bases = rng.choice(["reported", "track", "crow_fly", "default"], 500).tolist()
    grades = rng.choice(EVIDENCE, 500).tolist()
    given_now = {**SHIFT, "crow_fly_detour": "1.28", "evidence": {"photo": "0.7", "self_declared": "0.33"}}
    together = families.quantify("distance_shift", given_now, Columns.of(metres, bases, [None] * 500, grades))
    apart = [
        amount("distance_shift", given_now, one(metre, basis, evidence=grade))
        for metre, basis, grade in zip(metres, bases, grades, strict=True)
    ]
    assert together.tolist() == apart


@pytest.mark.parametrize("family", FAMILIES)
def test_no_number_is_without_bounds(family):
    def look(kind) -> list[str]:
        forgotten = []
        for name, hint in parameters.fields(kind).items():
            bare, note, _optional = parameters.unwrap(hint)
            inner = parameters.element(bare)
            if inner or hasattr(bare, "__struct_fields__"):
                forgotten += [f"{name}.{each}" for each in look(inner or bare)]
            elif bare in (int, Decimal, float) and not isinstance(note, Bounds):
                forgotten.append(name)
        return forgotten

    assert look(FAMILIES[family].parameters) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_states_formula_source_and_exclusions(family):
    for word in ("ER = ", "Source", "Excludes"):
        assert word in FAMILIES[family].measure.__globals__["__doc__"]


def test_the_baseline_is_a_mean_a_mix_or_a_car():
    mix = [
        {"mode": "car", "share": "0.23", "g_per_km": "250"},
        {"mode": "bus", "share": "0.5", "g_per_km": "52"},
        {"mode": "on foot", "share": "0.27", "g_per_km": "0"},
    ]
    shift = {"mode_g_per_km": "8.7", "distance_max_m": 20_000}
    mixed = {**shift, "baseline": "substitution", "substitution": mix}
    assert amount("distance_shift", mixed, one(1_000)) == 57_500 + 26_000 - 8_700
    car = {**shift, "baseline": "private_car", "baseline_g_per_km": "250", "car_occupancy": "1.25"}
    assert amount("distance_shift", car, one(1_000)) == 200_000 - 8_700
    mean = {**shift, "baseline_g_per_km": "104"}
    assert amount("distance_shift", mean, one(1_000)) == 95_300


def test_within_bands_each_metre_counts_at_the_factor_of_its_band():
    bands = [{"up_to_m": 1_000, "baseline_g_per_km": "40"}, {"up_to_m": 5_000, "baseline_g_per_km": "80"}]
    banded = {**SHIFT, "bands": bands}
    assert [amount("distance_shift", banded, one(metres)) for metres in (1_000, 1_001, 5_000, 6_000)] == [
        8_000,
        8_048,
        8_000 + 4_000 * 48,
        8_000 + 4_000 * 48 + 72_000,
    ]


def test_an_origin_of_distance_that_is_not_accepted_counts_the_default():
    careful = {**SHIFT, "accepts": ["reported", "track"], "distance_default_m": 2_000}
    assert amount("distance_shift", careful, one(9_000, "track")) == 9_000 * 72
    assert amount("distance_shift", careful, one(9_000, "fare")) == 2_000 * 72
    assert amount("distance_shift", {**SHIFT, "accepts": ["reported"]}, one(9_000, "crow_fly")) == -1


def test_carpool_shares_the_car_and_pays_for_the_detour_and_the_platform():
    assert amount("carpool", CARPOOL, one(10_000, occupants=2)) == int(10_000 * 250 * (1 - Fraction("0.55"))) - 10_000
    assert amount("carpool", CARPOOL, one(10_000)) == amount("carpool", CARPOOL, one(10_000, occupants=2))
    assert amount("carpool", CARPOOL, one(10_000, occupants=1)) == 0
    assert amount("carpool", CARPOOL, one(10_000, occupants=9)) == amount("carpool", CARPOOL, one(10_000, occupants=4))
    assert amount("carpool", CARPOOL, one(10)) == 0, "less than the platform's own emission counts nothing"
    assert amount("carpool", CARPOOL, one(None)) == -1


@pytest.mark.parametrize(
    ("inputs", "days"),
    [
        ({"duration_s": 86_399, "odometer_m": 0}, 0),
        ({"duration_s": 86_400, "odometer_m": 0}, 1),
        ({"duration_s": 2 * 86_400 + 80_000, "odometer_m": 1_000}, 2),
        ({"duration_s": 86_400, "odometer_m": 1_001}, 0),
        ({"duration_s": 86_400, "sightings": 0}, 1),
        ({"duration_s": 86_400, "sightings": 1}, 0),
        ({"duration_s": 86_400, "sightings": 2, "odometer_m": 0}, 0),
        ({"duration_s": 30 * 86_400, "sightings": 0}, 7),
    ],
)
def test_a_car_free_day_counts_whole_days_that_are_proven(inputs, days):
    assert amount("per_day", CAR_FREE, one(vehicle_class="fuel", **inputs)) == days * 22 * 250 * 800


def test_a_car_free_day_without_proof_class_or_end_lacks_an_input():
    assert amount("per_day", CAR_FREE, one(duration_s=86_400, vehicle_class="fuel")) == -1
    assert amount("per_day", CAR_FREE, one(duration_s=86_400, vehicle_class="tank", odometer_m=0)) == -1
    assert amount("per_day", CAR_FREE, one(vehicle_class="fuel", odometer_m=0)) == -1
    watched = {**CAR_FREE, "proof": "cameras"}
    assert amount("per_day", watched, one(duration_s=86_400, vehicle_class="fuel", odometer_m=0)) == -1


def test_items_count_by_kind_by_number_or_by_mass():
    phones = {"kinds": [{"code": "phone", "g_per_item": "25000"}], "replacement": "0.5"}
    assert amount("per_item", phones, one(item="phone")) == 12_500_000
    assert amount("per_item", phones, one(item="sofa")) == -1
    assert amount("per_item", {**phones, "g_per_item": "10", "items_max": 3}, one(item="sofa", quantity=9)) == 15_000
    assert amount("per_item", {"g_per_kg": "3600"}, one(mass_g=2_500)) == 9_000_000
    assert amount("per_item", {"g_per_kg": "3600"}, one()) == -1


def test_energy_is_saved_or_replaces_fuel():
    assert amount("energy", {"saved_g_per_kwh": "536.6"}, one(energy_wh=10_000)) == 5_366_000
    per_wh = Fraction(25_000 * 10, 181) - Fraction("536.6")
    assert amount("energy", CHARGING, one(energy_wh=10_000)) == int(10_000 * per_wh)
    assert amount("energy", CHARGING, one()) == -1


def test_spending_counts_by_the_sector_of_the_shop():
    assert amount("spend", SPEND, one(amount_fen=10_000, mcc=199)) == 3_000_000
    assert amount("spend", SPEND, one(amount_fen=10_000, mcc=200)) == 50_000
    assert amount("spend", SPEND, one(amount_fen=10_000, mcc=201)) == 0
    assert amount("spend", SPEND, one(amount_fen=10_000)) == -1
    assert amount("spend", {}, one()) == 0, "without sectors nothing is creditable, and nothing need be known"


def test_fixed_points_go_by_number_and_need_no_grams():
    bills = {"g_per_item": "0", "fixed_points": 5, "items_max": 2}
    columns = Columns.of([None] * 3, ["default"] * 3, [None, 2, 9])
    assert families.quantify("per_item", bills, columns).tolist() == [0, 0, 0]
    assert families.fixed_points("per_item", bills, columns).tolist() == [5, 10, 10]
    assert families.fixed_points("distance_shift", {**SHIFT, "fixed_points": 3}, one(None)).tolist() == [0]


def test_a_cap_holds_for_one_activity():
    assert amount("distance_shift", {**SHIFT, "activity_max_g": "100.5"}, one(10_000)) == 100_500


@given(st.integers(0, 100_000), st.decimals(90, 104, places=2), st.decimals(104, 120, places=2))
@settings(max_examples=30, deadline=None)
def test_the_estimate_lies_between_its_ends(metres, least, most):
    ranges = {"baseline_g_per_km": (str(least), str(most)), "mode_g_per_km": ("30", "95")}
    found = families.estimate("distance_shift", SHIFT, ranges, one(metres))
    assert found.low_mg[0] == max(int(metres * (least - 95)), 0)
    assert found.reduction_mg[0] == metres * 72
    assert found.high_mg[0] == int(metres * (most - 30))


@pytest.mark.parametrize(
    ("family", "wrong", "says"),
    [
        ("distance_shift", {**SHIFT, "leakage": "1.01"}, "leakage must be between 0 and 1"),
        ("distance_shift", {**SHIFT, "mode_g_per_km": "NaN"}, "mode_g_per_km must be between"),
        ("distance_shift", {**SHIFT, "mode_g_per_km": "0.1234567891"}, "at most 9 decimals"),
        ("distance_shift", {**SHIFT, "baseline": "guess"}, "guess"),
        ("distance_shift", {**SHIFT, "baseline": "substitution"}, "baseline_g_per_km"),
        ("distance_shift", {**SHIFT, "accepts": ["crow_fly", "track"]}, "accepts must be in the order"),
        ("distance_shift", {**SHIFT, "bands": [{"up_to_m": 5, "baseline_g_per_km": "1"}]}, "in every band"),
        ("distance_shift", {**SHIFT, "bands": [{"up_to_m": 0, "baseline_g_per_km": "90"}]}, r"bands.0.up_to_m must"),
        ("distance_shift", {**SHIFT, "evidence": {"payment": "0.5"}}, "worse grade"),
        ("carpool", {**CARPOOL, "detour": "0.9"}, "detour must be between 1 and 2"),
        ("per_day", {**CAR_FREE, "classes": []}, "classes"),
        ("per_item", {"g_per_item": "1", "g_per_kg": "1"}, "g_per_item"),
        ("energy", {"grid_g_per_kwh": "500"}, "saved_g_per_kwh"),
        ("energy", {**CHARGING, "grid_g_per_kwh": "1999"}, "grid_g_per_kwh must not be above"),
        ("spend", {"sectors": [SPEND["sectors"][0], {**SPEND["sectors"][1], "mcc_from": 150}]}, "one sector only"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(family, wrong, says):
    with pytest.raises(ParametersInvalid, match=says):
        families.parse(family, wrong)
