"""What the forms refuse, the database refuses too: by the ORM and by plain SQL, with the same reason."""

import json
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError

from activities import audit
from activities.methodologies import factors, schema, versions
from activities.models import Factor, Methodology, Scenario
from tests.activities.test_factors import charging, seeded
from tests.activities.test_versions import BIKE, sql

SOUND = "published_versions_say_what_their_factors_say"


def by_orm(version: Methodology) -> None:
    with transaction.atomic():
        version.save()


def by_orm_update(version: Methodology) -> None:
    with transaction.atomic():
        Methodology.objects.filter(pk=version.pk).update(
            parameters=version.parameters, factors=version.factors, region=version.region
        )


def by_sql(version: Methodology) -> None:
    sql(
        "UPDATE activities_methodology SET parameters = %s, factors = %s, region = %s WHERE id = %s",
        json.dumps(version.parameters), json.dumps(version.factors), version.region, version.pk,
    )  # fmt: skip


WAYS = pytest.mark.parametrize("write", [by_orm, by_orm_update, by_sql])


@pytest.fixture
def written(make_staff):
    """A draft with the grid's factor of Beijing's region."""
    return versions.write(charging("CN-BJ"), make_staff("writer"), {"grid_g_per_kwh": seeded("grid", "CN", 2022)})


def refused(write, version: Methodology, says: str) -> None:
    before = Methodology.objects.values().get(pk=version.pk)
    with pytest.raises(IntegrityError, match=says):
        write(version)
    assert Methodology.objects.values().get(pk=version.pk) == before


@WAYS
@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"kwh_per_100km": "0"}, "kwh_per_100km must be between 5 and"),
        ({"fuel_g_per_km": "1e9"}, "fuel_g_per_km must be between 0 and"),
        ({"fuel_g_per_km": "a lot"}, "fuel_g_per_km must be between 0 and"),
        ({"fuel_g_per_km": -1}, "fuel_g_per_km must be between 0 and"),
        ({"evidence": {"photo": "1.5"}}, "evidence.photo must be between 0 and 1"),
        ({"baseline_g_per_km": "1"}, "baseline_g_per_km is no parameter of energy"),
    ],
)
def test_a_parameter_out_of_bounds(written, write, parameters, says):
    written.parameters = {**written.parameters, **parameters}
    refused(write, written, says)


@WAYS
def test_a_number_in_a_list_out_of_bounds(db, make_staff, write):
    version = Methodology(
        scenario=Scenario.objects.get(code="shared-bike"),
        family="distance_shift",
        parameters={**BIKE, "bands": [{"up_to_m": m, "baseline_g_per_km": "30"} for m in (3000, 5000)]},
        valid_from=datetime(2027, 1, 1, tzinfo=UTC),
        source_zh="测试",
        source_en="a test",
    )
    versions.write(version, make_staff("writer"), {})
    version.parameters["bands"][1]["baseline_g_per_km"] = "99999"
    refused(write, version, r"bands\.\*\.baseline_g_per_km must be between")


@WAYS
@pytest.mark.parametrize(
    ("path", "code", "region", "year", "says"),
    [
        ("fuel_g_per_km", "grid", "CN", 2022, "fuel_g_per_km is in g/km; the factor grid is in kg/kWh"),
        ("grid_g_per_kwh", "grid", "CN-SC", 2022, "the factor grid holds in CN-SC, not in CN-BJ"),
    ],
)
def test_a_factor_in_the_wrong_unit_or_region(written, write, path, code, region, year, says):
    factor = seeded(code, region, year)
    frozen = {**written.factors["grid_g_per_kwh"], "factor": factor.pk, "code": code, "region": region, "year": year}
    written.factors = {path: frozen}
    refused(write, written, says)


@WAYS
def test_a_version_cannot_move_out_of_its_factors_region(make_staff, write):
    sichuan = {"grid_g_per_kwh": seeded("grid", "CN-SC", 2022)}
    version = versions.write(charging("CN-SC"), make_staff("writer"), sichuan)
    version.region = "CN"
    refused(write, version, "holds in CN-SC, not in CN")


@WAYS
def test_a_number_that_its_factor_does_not_say(written, write):
    written.parameters = {**written.parameters, "grid_g_per_kwh": "536.7"}
    refused(write, written, "grid_g_per_kwh is not what its factor grid says")


@WAYS
@pytest.mark.parametrize("told", [{"source_zh": "另一来源"}, {"source_en": "another source"}, {"source_zh": None}])
def test_a_source_that_its_factor_does_not_give(written, write, told):
    written.factors = {"grid_g_per_kwh": written.factors["grid_g_per_kwh"] | told}
    refused(write, written, "grid_g_per_kwh is not what its factor grid says")


def test_an_insert_is_refused_too(db):
    version = charging("CN-BJ", version=9)
    version.parameters = {**version.parameters, "kwh_per_100km": "1000000"}
    with pytest.raises(IntegrityError, match="kwh_per_100km must be between"), transaction.atomic():
        version.save()
    with pytest.raises(IntegrityError, match="no parameter of distance_shift"):
        sql(
            "INSERT INTO activities_methodology (scenario_id, version, family, parameters, factors, region, valid_from,"
            " layer, state, source_zh, source_en, conservativeness_zh, conservativeness_en)"
            " SELECT scenario_id, 9, family, parameters || '{\"x\": 1}',"
            " factors, region, '2040-01-01', 0, 'draft', '', '', '', '' FROM activities_methodology"
            " WHERE family = 'distance_shift' LIMIT 1"
        )
    assert not Methodology.objects.filter(version=9).exists()


def test_the_database_knows_the_families_as_they_are(db):
    """Where this fails, a family was changed: add a migration that runs what `schema.statement()` says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT family, path, minimum, maximum, unit FROM methodology_parameters()")
        stored = {
            (family, path, *(None if end is None else float(end) for end in ends), unit)
            for family, path, *ends, unit in cursor.fetchall()
        }
    assert stored == {
        (each.family, each.path, *(None if end is None else float(end) for end in (each.least, each.most)), each.unit)
        for each in schema.known()
    }


@pytest.mark.parametrize(
    "changed",
    [
        "UPDATE activities_factor SET value = value + 0.0001 WHERE code = 'grid' AND region = 'CN' AND year = 2022",
        "UPDATE activities_factor SET year = 2020 WHERE code = 'grid' AND region = 'CN' AND year = 2022",
        "UPDATE activities_methodology SET parameters = jsonb_set(parameters, '{grid_g_per_kwh}', '\"536.7\"')"
        " WHERE family = 'energy'",
        "UPDATE activities_methodology SET factors = jsonb_set(factors, '{grid_g_per_kwh,value}', '\"536.7\"')"
        " WHERE family = 'energy'",
        "UPDATE activities_methodology SET parameters = jsonb_set(parameters, '{fuel_g_per_km}', '\"-250\"')"
        " WHERE family = 'energy'",
    ],
)
def test_one_digit_changed_behind_the_triggers_is_caught_by_audit(db, changed):
    """Nothing has been credited by this version: there is nothing to recompute."""
    assert audit.run()[SOUND] == 0
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(changed)
        cursor.execute("SET session_replication_role = DEFAULT")
    assert audit.run()[SOUND] == 1
    with pytest.raises(CommandError, match=SOUND):
        call_command("audit")


def test_nobody_publishes_the_factor_that_they_wrote(make_staff):
    writer, other = make_staff("writer"), make_staff("other")
    factor = Factor.objects.create(
        code="x", kind="grid", region="CN", year=2025, value="0.5", unit="kg/kWh", status="final", provenance="O",
        source_zh="测试", source_en="a test", best_before=date(2028, 1, 1), author=writer,
    )  # fmt: skip
    with pytest.raises(factors.OwnFactor):
        factors.publish(factor, writer)
    with pytest.raises(IntegrityError, match="factor_published_by_another"):
        sql("UPDATE activities_factor SET published_at = now(), publisher_id = author_id WHERE id = %s", factor.pk)
    assert Factor.objects.get(pk=factor.pk).published_at is None
    assert factors.publish(factor, other).publisher == other
