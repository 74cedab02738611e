"""Explain this gram: recomputed from what is stored, to the milligram; audit finds what was changed behind it."""

import io
import json
from decimal import Decimal

import jsonschema
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from activities import crediting
from activities.crediting import Entry
from activities.methodologies import explain, proof, recomputation, schema, units
from activities.models import UNITS, Activity, Methodology, Reduction
from tests.activities.conftest import rides, take_in


@pytest.fixture
def ride(bike_feed, alice, link) -> Reduction:
    link(alice, bike_feed, "a")
    take_in(bike_feed, rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "3.000")))
    return Reduction.objects.get()


SCHEMA = settings.BASE_DIR / "docs" / "explanation.schema.json"
GRADES = dict.fromkeys(("operator_order", "payment", "device", "photo", "self_declared"), "0.5")


def change(statement: str) -> None:
    """As somebody with the rights of the database's owner could."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_document_of_a_reduction_holds_all_it_rests_on(ride):
    document = json.loads(run("explain", str(ride.pk), "--json"))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert document["agrees"] is True
    assert document["recomputed"]["reduction_mg"] == document["reduction"]["reduction_mg"] == 101_640
    assert (document["inputs"]["distance_m"], document["inputs"]["distance_basis"]) == (3_000, "crow_fly")
    assert document["calculation"]["terms"] == [{"quantity": 3_000, "unit": "m", "mg_per_unit": "33.88"}]
    assert document["points"] == {
        "carried_mg": 0,
        "reduction_mg": 101_640,
        "mg_per_point": 10_000,
        "points": 10,
        "fixed_points": 0,
        "unfunded_points": 0,
        "programme_id": "00000000-0000-0000-0000-000000000000",
        "remainder_mg": 1_640,
    }
    assert document["methodology"]["family"] == "distance_shift"
    assert {factor["parameter"] for factor in document["factors"]} >= {"mode_g_per_km", "baseline_g_per_km"}
    assert len(document["received"]["content_sha256"]) == 64
    assert [row["cause"] for row in document["history"]] == ["credited"]


def test_the_document_names_no_person(ride, alice):
    text = run("explain", str(ride.pk), "--json")
    assert str(alice.pk) not in text
    assert alice.user.email not in text


def test_an_activitys_id_explains_what_counts_of_it(ride):
    assert json.loads(run("explain", str(ride.activity_id), "--json"))["reduction"]["id"] == str(ride.pk)
    with translation.override("en"):
        assert "3 km × (42.58 − 8.7) g/km = 101.64 g" in run("explain", str(ride.activity_id))
    with translation.override("zh-hans"):
        assert "3 公里 × (42.58 − 8.7) 克/公里 = 101.64 克" in run("explain", str(ride.activity_id))


SOURCES = {
    "zh-hans": (
        "演示数据。每人公里净减排 33.88 克二氧化碳",
        "演示数据。DB11/T 3043-2024（据二手资料）。",
        "演示数据。DB11/T 3043-2024（据二手资料）。（CN-BJ，2024，[C-g]）",
    ),
    "en": (
        "DEMO. Net 33.88 gCO2 per person-km",
        "DEMO. DB11/T 3043-2024 through a secondary source.",
        "DEMO. DB11/T 3043-2024 through a secondary source. (CN-BJ 2024, [C-g])",
    ),
}


def sources(ride: Reduction, language: str) -> tuple[str, str, str]:
    """Of the version, and of the factor of a bike for machines and for people."""
    version = Methodology.objects.select_related("scenario").get(pk=ride.methodology_id)
    with translation.override(language):
        document = json.loads(run("explain", str(ride.pk), "--json"))
        bike, _baseline = explain.explain(ride, version).factors
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    known = {factor["parameter"]: factor["source"] for factor in document["factors"]}
    return document["methodology"]["source"], known["mode_g_per_km"]["source"], bike.source


@pytest.mark.parametrize("language", SOURCES)
def test_sources_are_told_in_the_readers_language(ride, language):
    of_version, *of_factor = SOURCES[language]
    found, *rest = sources(ride, language)
    assert found.startswith(of_version)
    assert rest == of_factor
    with translation.override(language):
        assert of_version in run("explain", str(ride.pk))


def test_a_version_that_was_published_with_one_source_is_still_explained(ride):
    """As it stands where it was published before sources had two languages."""
    change("UPDATE activities_factor SET source_zh = ''")
    change(
        "UPDATE activities_methodology SET source_zh = '', factors = (SELECT jsonb_object_agg(path, said - 'source_zh'"
        " - 'source_en' || jsonb_build_object('source', said -> 'source_en')) FROM jsonb_each(factors) AS each (path,"
        " said)) WHERE factors <> '{}'"
    )
    run("audit")
    english = sources(ride, "en")
    assert english[1:] == SOURCES["en"][1:]
    assert sources(ride, "zh-hans")[:2] == english[:2]


def test_an_unknown_id_is_refused(db):
    with pytest.raises(CommandError, match="no reduction and no activity"):
        run("explain", "01900000-0000-7000-8000-000000000000", "--json")


def test_one_milligram_and_one_digit_are_caught(ride):
    assert json.loads(run("audit", "--json"))["recomputed"]["checked"] == 1
    change("UPDATE activities_reduction SET reduction_mg = reduction_mg + 1")
    with pytest.raises(CommandError, match="booked 101641 mg"):
        run("explain", str(ride.pk))
    with pytest.raises(CommandError, match="reductions_recompute"):
        run("audit")
    change("UPDATE activities_reduction SET reduction_mg = reduction_mg - 1")
    assert recomputation.run().mismatches == 0
    change("UPDATE activities_methodology SET parameters = jsonb_set(parameters, '{baseline_g_per_km}', '\"42.59\"')")
    found = recomputation.run(everything=True)
    assert [(each.booked_mg, each.recomputed_mg) for each in found.first] == [(101_640, 101_670)]
    with pytest.raises(CommandError, match="reductions_recompute"):
        run("audit", "--json")


def test_parameters_that_are_none_any_more_are_a_mismatch_and_no_crash(ride):
    change("UPDATE activities_methodology SET parameters = '{}'")
    assert recomputation.run().first[0].recomputed_mg is None
    with pytest.raises(CommandError, match="cannot be recomputed"):
        run("explain", str(ride.pk))


def test_a_sample_is_drawn_again_by_its_seed(ride):
    assert recomputation.run(seed=7).document()["seed"] == 7
    assert recomputation._sample(8, 7) == recomputation._sample(8, 7)


def test_a_corrected_credit_is_still_recomputed_from_what_it_said_then(ride):
    activity = Activity.objects.get()
    reverse = Entry.reverse(ride, Reduction.Cause.CORRECTED)
    credit = reverse._replace(reversal=False, generation=2, distance_m=1_000, reduction_mg=33_880, inputs=None)
    crediting.book([reverse, credit])
    Activity.objects.update(distance_m=1_000, distance_basis="reported")
    assert recomputation.run(everything=True).document()["checked"] == 2
    assert recomputation.run(everything=True).mismatches == 0
    rows = list(proof.rows_of(activity))
    assert [proof.prove(row, activity)["agrees"] for row in rows] == [True, True, True]
    assert [row["reduction_mg"] for row in proof.prove(rows[0], activity)["history"]] == [101_640, -101_640, 33_880]


def test_words_say_where_the_distance_came_from_and_which_cap_was_reached(ride):
    version = Methodology.objects.select_related("scenario").get(pk=ride.methodology_id)
    version.parameters = {**version.parameters, "distance_max_m": 2_000, "evidence": GRADES}
    with translation.override("en"):
        told = explain.explain(ride, version)
    assert told.calculation == "2 km × (42.58 − 8.7) g/km × 0.5 = 33.88 g"
    facts = {fact.label: (fact.value, fact.note) for fact in told.facts}
    assert facts["Distance"] == ("2 km", "straight line")
    assert facts["Evidence"] == ("order of the operator", "counts 50 % of the formula")
    assert facts["longest distance that counts"] == ("2 km", "this limit was reached")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            {"carried_mg": 4_240, "reduction_mg": 67_760, "points": 7},
            "(4.24 g carried over + 67.76 g) ÷ 10 g per point = 7; 2 g are carried to the next entry",
        ),
        (
            {"carried_mg": 0, "reduction_mg": 0, "points": 1, "fixed_points": 1},
            "(0 g carried over + 0 g) ÷ 10 g per point = 0, plus 1 fixed",
        ),
        (
            {"carried_mg": 5_001, "reduction_mg": 30_000, "points": 2, "fixed_points": 1, "unfunded_points": 2},
            "(5.001 g carried over + 30 g) ÷ 10 g per point = 3, plus 1 fixed, of which 2 are outstanding; "
            "25.001 g are carried to the next entry",
        ),
        (
            {"carried_mg": 400, "reduction_mg": 5_000, "points": 0},
            "(0.4 g carried over + 5 g) ÷ 10 g per point = 0; 5.4 g are carried to the next entry",
        ),
    ],
)
def test_points_are_worked_out_with_every_number_that_it_takes(row, says):
    with translation.override("en"):
        assert explain.calculate_points(Reduction(mg_per_point=10_000, **row)) == says


def test_amounts_are_in_the_readers_units():
    with translation.override("zh-hans"):
        assert units.name("g/pkm") == "克/人公里"
        assert units.amount(3, "ride") == "3 次"
        assert units.limit(Decimal(790), "g") == "790 克"
        assert units.limit(Decimal(30_000), "g") == "30 千克"
    with translation.override("en"):
        assert [units.amount(count, "ride") for count in (1, 2)] == ["1 ride", "2 rides"]
        assert units.name("kWh/100km") == "kWh/100 km"


def test_every_unit_of_a_family_has_a_name():
    for unit in {known.unit for known in schema.known()} | set(UNITS):
        assert bool(units.name(unit)) == bool(unit)
