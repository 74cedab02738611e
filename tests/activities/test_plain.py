"""Methodologies in plain words: two sentences a family, with the version's own numbers."""

import pytest
from django.utils import translation

from activities.methodologies import families, plain
from activities.models import Methodology

PARAMETERS = {
    "distance_shift": {"mode_g_per_km": "32", "baseline_g_per_km": "104", "distance_max_m": 80_000},
    "carpool": {"car_g_per_km": "250", "detour": "1.2", "system_g_per_ride": "10", "distance_max_m": 100_000},
    "per_ride": {"g_per_ride": "150"},
    "per_day": {"classes": [{"code": "fuel", "km_per_day": "22", "g_per_km": "250"}], "substituted": "0.226"},
    "per_item": {"g_per_kg": "3600", "mass_max_g": 30_000, "activity_max_g": "790"},
    "energy": {"grid_g_per_kwh": "536.6", "fuel_g_per_km": "250", "kwh_per_100km": "18.1"},
    "spend": {"fixed_points": 1},
    "steps": {"g_per_step": "0.02", "steps_max": 14_800},
}


def tell(family: str, language: str = "en", **parameters) -> plain.Words:
    version = Methodology(family=family, parameters=PARAMETERS[family] | parameters)
    with translation.override(language):
        return plain.tell(version)


def test_every_family_has_words():
    assert PARAMETERS.keys() == families.FAMILIES.keys()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("family", families.FAMILIES)
def test_a_version_says_in_two_sentences_what_is_compared_and_what_is_assumed(family, language):
    words = tell(family, language)
    for text in (words.compared, words.assumed, words.evidence):
        assert text
        assert "%(" not in text
        assert text.isascii() is (language == "en")


@pytest.mark.parametrize(
    ("family", "rate"),
    [
        ("distance_shift", "72 g/km"),
        ("carpool", ""),
        ("per_ride", "150 g/ride"),
        ("per_day", ""),
        ("per_item", "3,600 g/kg"),
        ("energy", "845 g/kWh"),
        ("spend", "1 point"),
        ("steps", "0.02 g/step"),
    ],
)
def test_the_headline_is_what_one_of_it_counts(family, rate):
    assert tell(family).rate == rate


def test_the_sentences_hold_the_numbers_of_the_version():
    words = tell("distance_shift")
    assert "104 g/person-km there, 32 g/person-km here" in words.compared
    assert [(fact.label, fact.value) for fact in words.limits] == [("longest distance that counts", "80 km")]
    assert {factor.value for factor in words.factors} == {"104 g/person-km", "32 g/person-km"}
    assert "saves 35 g/person-km" in tell("distance_shift", mode_g_per_km="0", baseline_g_per_km="35").compared
    car = {"baseline": "private_car", "car_occupancy": "2", "baseline_g_per_km": "250"}
    assert "private car: 125 g/person-km there" in tell("distance_shift", **car).compared
    assert "22.6 %" in tell("per_day").assumed


def test_evidence_and_limits_are_those_that_matter():
    assert tell("steps").evidence == "All evidence counts in full."
    halved = {"photo": "0.5", "self_declared": "0"}
    assert tell("steps", evidence=halved).evidence.endswith("photo 50%, declared by the citizen 0%")
    assert [fact.value for fact in tell("per_item").limits] == ["30 kg", "790 g"]
    assert (tell("spend").limits, tell("spend").factors) == ([], [])


def test_a_factor_of_a_class_names_it():
    assert {factor.label for factor in tell("per_day").factors} >= {"mean distance of a day (fuel)"}
