"""The road of a methodology version: who may do what, what is refused, and what the database refuses by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.utils import timezone, translation

from activities.methodologies import versions
from activities.methodologies.families import ParametersInvalid
from activities.methodologies.texts import TextMissing
from activities.methodologies.versions import (
    Calendar,
    OwnDraft,
    RegionMismatch,
    StepNotPermitted,
    ValidityOverlaps,
    VersionFixed,
)
from activities.models import Methodology, MethodologyStep, Scenario
from tests.races import at_once

pytestmark = pytest.mark.usefixtures("english")
BIKE = {"baseline_g_per_km": "42.58", "mode_g_per_km": "8.7", "distance_max_m": 20_000}
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def author(make_staff):
    return make_staff("writer")


@pytest.fixture
def approver(make_staff):
    return make_staff("checker")


@pytest.fixture
def draft(author):
    def make(**changes) -> Methodology:
        values = {
            "scenario": Scenario.objects.get(code="shared-bike"),
            "family": "distance_shift",
            "parameters": dict(BIKE),
            "region": "CN",
            "valid_from": NEXT_YEAR,
            "source_zh": "市政府决定",
            "source_en": "a council decision",
            **changes,
        }
        return versions.write(Methodology(**values), author)

    return make


def sql(statement: str, *values) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def test_a_version_goes_its_road_and_each_step_is_remembered(draft, author, approver):
    version = draft()
    assert (version.version, version.state) == (2, "draft")
    version = versions.submit(version, author, "please look")
    version = versions.give_back(version, approver, "the source is missing")
    version = versions.submit(version, author)
    version = versions.approve(version, approver)
    version = versions.publish(version, author)
    assert version.state == "published"
    assert version.published_at is not None
    steps = version.steps.values_list("step", "by__username", "note")
    assert list(steps) == [
        ("written", "writer", ""),
        ("submitted", "writer", "please look"),
        ("returned", "checker", "the source is missing"),
        ("submitted", "writer", ""),
        ("approved", "checker", ""),
        ("published", "writer", ""),
    ]


def test_the_version_before_ends_where_the_next_begins(draft, author, approver):
    before = Methodology.objects.get(scenario__code="shared-bike", version=1)
    version = versions.adopt(draft(), author, approver)
    before.refresh_from_db()
    assert (before.state, before.valid_until) == ("superseded", NEXT_YEAR)
    calendar = Calendar()
    assert calendar.in_force(before.scenario_id, NEXT_YEAR - timedelta(seconds=1)) == before
    assert calendar.in_force(before.scenario_id, NEXT_YEAR) == version
    assert before.steps.last().step == "superseded"


def test_a_correction_holds_above_what_it_corrects(draft, author, approver):
    wrong = Methodology.objects.get(scenario__code="shared-bike", version=1)
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    version = draft(corrects=wrong, valid_from=start, valid_until=end)
    correction = versions.publish(versions.approve(versions.submit(version, author), approver), author)
    wrong.refresh_from_db()
    assert (wrong.state, correction.layer) == ("published", 1)
    calendar = Calendar()
    found = [calendar.in_force(wrong.scenario_id, at) for at in (start - timedelta(1), start, end)]
    assert found == [wrong, correction, wrong]
    with pytest.raises(ValidityOverlaps):
        draft(corrects=wrong, valid_from=start, valid_until=end)
    assert draft(corrects=correction, valid_from=start, valid_until=end).layer == 2


def test_a_draft_that_overlaps_a_published_version_is_refused(draft):
    with pytest.raises(ValidityOverlaps, match="Shared bike v1 holds from 2010-01-01") as refusal:
        draft(valid_from=datetime(2009, 1, 1, tzinfo=UTC))
    assert refusal.value.fields == {"valid_from": "shared-bike v1"}
    assert not Methodology.objects.filter(version=2).exists()
    draft(valid_from=datetime(2008, 1, 1, tzinfo=UTC), valid_until=datetime(2009, 1, 1, tzinfo=UTC))


def test_overlaps_are_refused_by_the_database(draft, author, approver):
    version = versions.approve(versions.submit(draft(), author), approver)
    with pytest.raises(IntegrityError, match="methodology_validity_does_not_overlap"):
        sql("UPDATE activities_methodology SET state = 'published', published_at = now() WHERE id = %s", version.pk)
    version.state, version.published_at = "published", timezone.now()
    with pytest.raises(IntegrityError, match="methodology_validity_does_not_overlap"), transaction.atomic():
        version.save()
    assert Methodology.objects.get(pk=version.pk).state == "approved"


def test_nobody_approves_their_own_draft(draft, author, approver):
    version = versions.submit(draft(), author)
    with pytest.raises(OwnDraft, match="somebody else"):
        versions.approve(version, author)
    with pytest.raises(IntegrityError, match="methodology_approved_by_another"):
        sql("UPDATE activities_methodology SET state = 'approved', approver_id = author_id WHERE id = %s", version.pk)
    version.state, version.approver = "approved", author
    with pytest.raises(IntegrityError, match="methodology_approved_by_another"), transaction.atomic():
        version.save()
    assert Methodology.objects.get(pk=version.pk).state == "submitted"


def test_who_touched_the_draft_does_not_approve_it(draft, author, approver):
    version = versions.write(draft(), approver)
    version = versions.submit(versions.write(version, author), author)
    with pytest.raises(OwnDraft):
        versions.approve(version, approver)


def test_each_step_needs_its_right(draft, author, make_staff):
    version, clerk = draft(), make_staff("clerk", "view_methodology")
    for step in (versions.submit, versions.approve, versions.publish, versions.give_back):
        with pytest.raises(StepNotPermitted):
            step(version, clerk)
    assert version.steps.count() == 1


def test_steps_out_of_order_are_refused(draft, author, approver):
    version = draft()
    for step, by in ((versions.approve, approver), (versions.publish, approver), (versions.give_back, approver)):
        with pytest.raises(VersionFixed, match="is draft"):
            step(version, by)
    versions.submit(version, author)
    with pytest.raises(VersionFixed, match="no draft any more"):
        versions.write(version, author)
    for change in ("state = 'published', published_at = now()", "parameters = '{}'", "source_zh = 'x'"):
        with pytest.raises(DatabaseError):
            sql(f"UPDATE activities_methodology SET {change} WHERE id = %s", version.pk)


def test_a_version_cannot_be_born_published(draft, author, approver):
    columns = "scenario_id, family, parameters, factors, region, layer, author_id"
    columns += ", source_zh, source_en, conservativeness_zh, conservativeness_en"
    with pytest.raises(DatabaseError, match="begins as a draft"):
        sql(
            f"INSERT INTO activities_methodology (version, valid_from, state, approver_id, published_at, {columns})"
            f" SELECT 9, '2040-01-01', 'published', %s, now(), {columns} FROM activities_methodology LIMIT 1",
            approver.pk,
        )
    with pytest.raises(DatabaseError, match="begins as a draft"), transaction.atomic():
        Methodology.objects.bulk_create(
            [
                Methodology(
                    scenario=Scenario.objects.first(),
                    version=9,
                    family="steps",
                    parameters={},
                    valid_from=NEXT_YEAR,
                    state="published",
                    published_at=NEXT_YEAR,
                    author=author,
                    approver=approver,
                )
            ]
        )


def test_what_is_published_never_changes(draft, author, approver):
    version = versions.adopt(draft(), author, approver)
    for change in (
        "source_zh = 'x'",
        "parameters = '{}'",
        "factors = '{}'",
        "state = 'draft', published_at = NULL, approver_id = NULL",
        "valid_from = now()",
        "valid_until = '2030-01-01'",
        "region = 'CN-SC'",
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            sql(f"UPDATE activities_methodology SET {change} WHERE id = %s", version.pk)
    with pytest.raises(DatabaseError, match="append-only"):
        sql("DELETE FROM activities_methodology WHERE id = %s", version.pk)
    for act in (version.delete, lambda: Methodology.objects.update(source_en="x")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    version.source_en = "x"
    with pytest.raises(VersionFixed):
        versions.write(version, author)
    assert Methodology.objects.get(pk=version.pk).source_en == "a council decision"


@pytest.mark.parametrize("table", ["activities_methodology", "activities_methodologystep", "activities_factor"])
def test_no_table_of_versions_is_emptied(db, table):
    with pytest.raises(IntegrityError, match="TRUNCATE refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_history_is_append_only_but_goes_with_its_draft(draft, author):
    version = draft()
    with pytest.raises(DatabaseError, match="append-only"):
        sql("UPDATE activities_methodologystep SET note = 'x' WHERE methodology_id = %s", version.pk)
    version = versions.submit(version, author)
    with pytest.raises(DatabaseError, match="append-only"):
        sql("DELETE FROM activities_methodologystep WHERE methodology_id = %s", version.pk)
    other = draft(valid_from=datetime(2031, 1, 1, tzinfo=UTC))
    other.delete()
    assert not MethodologyStep.objects.filter(methodology_id=other.pk).exists()


def test_a_version_for_another_region_is_not_published_here(draft, author, approver, settings):
    version = versions.approve(versions.submit(draft(region="CN-SC"), author), approver)
    with pytest.raises(RegionMismatch, match="CN-SC; the city lies in CN-BJ"):
        versions.publish(version, author)
    settings.CITY_REGION = "CN-SC-CHENGDU"
    assert versions.publish(version, author).state == "published"


def test_parameters_out_of_bounds_are_refused_and_nothing_is_written(draft):
    with pytest.raises(ParametersInvalid, match="distance_max_m must be between 1 and 1000000 m"):
        draft(parameters={**BIKE, "distance_max_m": 0})
    assert not Methodology.objects.filter(version=2).exists()


def test_the_end_comes_after_the_start(draft):
    with pytest.raises(ValidityOverlaps, match="after its start"):
        draft(valid_until=NEXT_YEAR)


def test_a_copy_is_a_draft_of_its_own(draft, author, approver):
    version = versions.adopt(draft(), author, approver)
    copied = versions.copy(version, approver)
    assert (copied.state, copied.parameters, copied.author) == ("draft", version.parameters, approver)
    assert (copied.source_zh, copied.source_en) == ("市政府决定", "a council decision")


ONE_LANGUAGE = [
    ({"source_zh": ""}, r"source \(Chinese\) is missing"),
    ({"source_en": ""}, r"source \(English\) is missing"),
    ({"conservativeness_en": "rather low"}, r"conservativeness \(Chinese\) is missing"),
]


@pytest.mark.parametrize(("changes", "says"), ONE_LANGUAGE)
def test_what_citizens_read_in_one_language_only_is_not_submitted(draft, author, changes, says):
    version = draft(**changes)
    with pytest.raises(TextMissing, match=f"Shared bike v2: {says}"):
        versions.submit(version, author)
    version.refresh_from_db()
    assert (version.state, version.steps.count()) == ("draft", 1)


@pytest.mark.parametrize(("changes", "says"), ONE_LANGUAGE)
def test_of_a_catalogue_in_one_language_nothing_is_written(draft, author, approver, changes, says):
    version = draft(**changes)
    version.delete()
    with pytest.raises(TextMissing, match=says):
        versions.adopt(version, author, approver)
    assert not Methodology.objects.filter(version=2).exists()


def test_what_was_approved_before_sources_had_two_languages_goes_back_to_its_author(draft, author, approver):
    version = versions.approve(versions.submit(draft(), author), approver)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE activities_methodology SET source_zh = '' WHERE id = %s", [version.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(TextMissing):
        versions.publish(version, author)
    assert versions.give_back(version, approver).state == "draft"


@pytest.mark.parametrize(("language", "says"), [("zh-hans", "市政府决定"), ("en", "a council decision")])
def test_a_version_tells_its_source_in_the_readers_language(draft, language, says):
    version = draft(conservativeness_zh="", conservativeness_en="rather low")
    with translation.override(language):
        assert (version.source, version.conservativeness) == (says, "rather low")


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_publish_one_version(draft, author, approver):
    ready = [versions.approve(versions.submit(draft(), author), approver) for _each in range(2)]
    outcomes = at_once([lambda version=version: versions.publish(version, author) for version in ready])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Methodology", "ValidityOverlaps"]
    assert Methodology.objects.filter(scenario__code="shared-bike", state="published").count() == 1
