"""The factor library: what fits where, what is frozen, and what moving to a newer factor would change."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from activities.methodologies import factor_watch, factors, families, versions
from activities.methodologies.columns import Columns
from activities.methodologies.factors import FactorUnfit
from activities.methodologies.texts import TextMissing
from activities.models import Factor, Methodology, Scenario
from tests.activities.conftest import rides, take_in

pytestmark = pytest.mark.usefixtures("english")
STANDARD = r"[A-Z0-9]+/[A-Z]+ \d+(?:-\d{4})?"
CHARGING = {"grid_g_per_kwh": "0", "fuel_g_per_km": "250", "kwh_per_100km": "18.1"}


def seeded(code: str, region: str, year: int) -> Factor:
    return Factor.objects.get(code=code, region=region, year=year)


def charging(region: str, **changes) -> Methodology:
    return Methodology(
        scenario=Scenario.objects.get(code="ev-charging"),
        family="energy",
        parameters=dict(CHARGING),
        region=region,
        valid_from=datetime(2026, 12, 1, tzinfo=UTC),
        source_zh="测试",
        source_en="a test",
        **changes,
    )


@pytest.mark.parametrize(
    ("unit", "wanted", "by"),
    [
        ("kg/kWh", "g/kWh", 1000),
        ("g/kWh", "g/kWh", 1),
        ("kg/kWh", "g/km", None),
        ("km/day", "km/day", 1),
        ("kWh/100km", "g/100km", None),
    ],
)
def test_units_are_converted_by_mass_only(unit, wanted, by):
    assert factors.scale(unit, wanted) == by


def test_a_factor_holds_in_the_parts_of_its_region():
    assert factors.covers("CN", "CN-SC-CHENGDU")
    assert factors.covers("CN-SC", "CN-SC")
    assert not factors.covers("CN-SC", "CN")
    assert not factors.covers("CN-S", "CN-SC")


def test_a_draft_takes_its_number_from_the_factor_and_remembers_it(make_staff):
    version = versions.write(charging("CN-SC"), make_staff("writer"), {"grid_g_per_kwh": seeded("grid", "CN-SC", 2022)})
    assert version.parameters["grid_g_per_kwh"] == "140.4"
    frozen = version.factors["grid_g_per_kwh"]
    assert (frozen["code"], frozen["year"], frozen["published"]) == ("grid", 2022, "0.1404 kg/kWh")
    assert frozen["provenance"] == "C-g"
    assert frozen["source_zh"] == "演示数据。四川 2022 年；读自公开代码库。未找到 2023 年的数值。"
    assert frozen["source_en"] == "DEMO. Sichuan 2022; read in a public repository. 2023 not found."


@pytest.mark.parametrize(
    ("path", "code", "region", "year", "says"),
    [
        ("fuel_g_per_km", "grid", "CN", 2022, "fuel_g_per_km is in g/km; the factor grid CN 2022 = 0.5366 kg/kWh"),
        ("grid_g_per_kwh", "grid", "CN-SC", 2022, "holds in CN-SC, not in CN-BJ"),
        ("energy_max_wh", "grid", "CN", 2022, "energy_max_wh is in Wh"),
        ("nonsense", "grid", "CN", 2022, "nonsense is no number of this family"),
    ],
)
def test_a_factor_in_the_wrong_unit_or_region_is_refused_by_name(make_staff, path, code, region, year, says):
    with pytest.raises(FactorUnfit, match=says):
        versions.write(charging("CN-BJ"), make_staff("writer"), {path: seeded(code, region, year)})
    assert not Methodology.objects.filter(scenario__code="ev-charging", version=2).exists()


def test_an_unpublished_factor_is_not_used(make_staff):
    loose = Factor.objects.create(
        code="grid", kind="grid", region="CN", year=2024, value="0.5", unit="kg/kWh", status="provisional",
        provenance="O", source_zh="测试", source_en="a test", best_before=date(2027, 1, 1),
    )  # fmt: skip
    with pytest.raises(FactorUnfit, match="is not published"):
        versions.write(charging("CN-BJ"), make_staff("writer"), {"grid_g_per_kwh": loose})
    loose.value = Decimal("0.51")
    loose.save()


def test_a_published_factor_never_changes(db):
    factor = seeded("grid", "CN-SC", 2022)
    factor.value = Decimal("0.2")
    for act in (factor.save, factor.delete, lambda: Factor.objects.update(value=0)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE activities_factor SET value = 0 WHERE id = %s", [factor.pk])
    assert seeded("grid", "CN-SC", 2022).value == Decimal("0.1404")


@pytest.mark.parametrize(
    ("one", "says"),
    [({"source_zh": "测试"}, r"source \(English\) is missing"), ({"source_en": "x"}, r"source \(Chinese\) is missing")],
)
def test_a_factor_is_published_with_its_source_in_both_languages(db, one, says):
    factor = Factor.objects.create(
        code="x", kind="grid", region="CN", year=2024, value="0.5", unit="kg/kWh", status="final", provenance="O",
        best_before=date(2027, 1, 1), **one,
    )  # fmt: skip
    with pytest.raises(TextMissing, match=says):
        factors.publish(factor)
    assert seeded("x", "CN", 2024).published_at is None


def test_a_factor_supersedes_one_of_its_own_kind_and_only_one_does(db):
    values = {
        "kind": "grid", "year": 2025, "value": "0.5", "status": "final", "provenance": "O", "source_zh": "测试",
        "source_en": "a test",
        "best_before": date(2028, 1, 1),
    }  # fmt: skip
    sichuan = seeded("grid", "CN-SC", 2022)
    with pytest.raises(FactorUnfit, match="code and region"):
        factors.publish(Factor(code="grid", region="CN", unit="kg/kWh", supersedes=sichuan, **values))
    with pytest.raises(FactorUnfit, match="units"):
        factors.publish(Factor(code="grid", region="CN-SC", unit="g/km", supersedes=sichuan, **values))
    factors.publish(Factor(code="grid", region="CN-SC", unit="g/kWh", supersedes=sichuan, **values | {"value": "140"}))
    again = Factor(code="grid", region="CN-SC", unit="kg/kWh", supersedes=sichuan, **values | {"year": 2026})
    with pytest.raises(IntegrityError), transaction.atomic():
        factors.publish(again)


def test_a_factor_lies_between_its_ends(db):
    with (
        pytest.raises((ValidationError, IntegrityError), match="factor_between_low_and_high|low"),
        transaction.atomic(),
    ):
        Factor.objects.filter(pk=None).update()
        Factor.objects.create(
            code="x", kind="grid", region="CN", year=2024, value="0.5", low="0.6", high="0.7", unit="kg/kWh",
            status="final", provenance="O", source_zh="测试", source_en="a test", best_before=date(2027, 1, 1),
        )  # fmt: skip


def test_every_seeded_factor_is_demo_sourced_and_tagged(db):
    for factor in Factor.objects.all():
        assert factor.demo
        assert factor.source.startswith("DEMO.")
        assert factor.provenance in ("C", "C-g", "D")
        assert factor.published_at is not None


def test_every_seeded_source_is_in_both_languages_and_names_the_same_standards(db):
    seeded_texts = [(each.source_zh, each.source_en) for each in [*Factor.objects.all(), *Methodology.objects.all()]]
    seeded_texts += [(each.conservativeness_zh, each.conservativeness_en) for each in Methodology.objects.all()]
    for chinese, english in seeded_texts:
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert english.isascii()
        assert chinese.startswith("演示数据。") is english.startswith("DEMO. ")
        assert re.findall(STANDARD, chinese) == re.findall(STANDARD, english)


def test_sichuans_newer_grid_factor_and_what_it_changes(make_staff, settings):
    """Sichuan 0.1255 (2021) to 0.1404 (2022): +11.9 %."""
    settings.CITY_REGION = "CN-SC"
    old = seeded("grid", "CN-SC", 2021)
    version = versions.adopt(charging("CN-SC"), make_staff("a"), make_staff("b"), {"grid_g_per_kwh": old})
    row = next(each for each in factor_watch.aged(date(2026, 11, 22)) if each.factor == old)
    assert row.newer == seeded("grid", "CN-SC", 2022)
    assert row.expired
    assert row.change == Decimal("0.1187")
    assert [(use.version, use.path) for use in row.uses] == [(version, "grid_g_per_kwh")]
    fuel = 250 / Decimal("0.181")
    for value in ("125.5", "140.4"):
        given = {**version.parameters, "grid_g_per_kwh": value}
        columns = Columns.of([None], ["default"], [None], None, [{"energy_wh": 1000}])
        assert int(families.quantify("energy", given, columns)[0]) == int((fuel - Decimal(value)) * 1000)


def test_the_effect_is_computed_on_what_was_credited(alice, bike_feed, link, make_staff):
    link(alice, bike_feed, "7")
    mix = seeded("shared-bike-mix", "CN", 2022)
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    factors.publish(
        Factor(
            code=mix.code,
            kind="baseline",
            region="CN",
            year=2025,
            value="52.58",
            unit="g/pkm",
            status="final",
            provenance="O",
            source_zh="测试",
            source_en="a test",
            best_before=date(2028, 1, 1),
            supersedes=mix,
        )  # fmt: skip
    )
    row = next(each for each in factor_watch.aged(date(2016, 8, 20)) if each.factor == mix)
    by_version = {use.version.scenario.code: use for use in row.uses}
    assert set(by_version) == {"shared-bike", "own-bike"}
    used = by_version["shared-bike"]
    assert (used.before_mg, used.after_mg) == (50_820, 65_820)
    assert used.change == Decimal("0.2952")
    later = next(each for each in factor_watch.aged(date(2016, 12, 1)) if each.factor == mix)
    assert all(use.before_mg == 0 for use in later.uses)


def test_the_command_lists_what_has_grown_old(db, capsys):
    call_command("factors", "--json", "--day", "2026-11-22")
    import json

    listed = json.loads(capsys.readouterr().out)
    national = next(each for each in listed["factors"] if (each["region"], each["year"]) == ("CN", 2022))
    assert (national["newer"]["value"], national["change"]) == ("0.5306", "-0.0112")
    assert [use["version"] for use in national["uses"]] == ["ev-charging v1"]
    call_command("factors", "--day", "2026-11-22")
    assert "grid CN 2022" in capsys.readouterr().out
