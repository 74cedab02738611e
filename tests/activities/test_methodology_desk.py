"""The city desk for versions and factors: typed forms, buttons that ask first, refusals with their reason."""

from datetime import date

import pytest

from activities.methodologies import versions
from activities.models import Factor, Methodology, Scenario
from tests.activities.test_factors import seeded

LIST = "/admin/activities/methodology/"
SHIFT = LIST + "add/?family=distance_shift"


@pytest.fixture
def author(make_staff):
    return make_staff("writer")


@pytest.fixture
def approver(make_staff):
    return make_staff("checker")


@pytest.fixture
def desk(client, author):
    client.force_login(author)
    return client


def draft(**changes) -> dict:
    return {
        "scenario": Scenario.objects.get(code="shared-bike").pk,
        "region": "CN",
        "valid_from_0": "2027-01-01",
        "valid_from_1": "00:00",
        "valid_until_0": "",
        "valid_until_1": "",
        "corrects": "",
        "source_zh": "市政府决定",
        "source_en": "a council decision",
        "conservativeness_zh": "",
        "conservativeness_en": "",
        "number.baseline_g_per_km": "40.5",
        "number.mode_g_per_km": "8",
        "number.distance_max_m": "20000",
        "steps-TOTAL_FORMS": "0",
        "steps-INITIAL_FORMS": "0",
        **changes,
    }


def version() -> Methodology | None:
    return Methodology.objects.filter(scenario__code="shared-bike", version=2).first()


def step(client, pk: int, name: str, **values):
    return client.post(f"{LIST}{pk}/step/{name}/", values, follow=True).content.decode()


def test_a_draft_begins_with_the_choice_of_its_family(desk):
    page = desk.get(LIST + "add/").content.decode()
    assert '<a href="?family=energy">' in page
    form = desk.get(SHIFT).content.decode()
    assert 'name="number.baseline_g_per_km"' in form
    assert "0 – 1000 g/pkm" in form
    assert 'name="factor.baseline_g_per_km"' in form
    assert 'name="number.bands.2.up_to_m"' in form


def test_a_draft_is_written_approved_by_another_and_published(desk, approver):
    desk.post(SHIFT, draft())
    saved = version()
    assert saved.parameters == {"baseline_g_per_km": "40.5", "mode_g_per_km": "8", "distance_max_m": 20000}
    assert saved.author.username == "writer"
    assert "submit" in desk.get(f"{LIST}{saved.pk}/change/").content.decode()
    question = desk.get(f"{LIST}{saved.pk}/step/submit/").content.decode()
    assert "市政府决定" in question
    assert "a council decision" in question
    assert version().state == "draft", "the question alone does nothing"
    step(desk, saved.pk, "submit", note="please")
    step(desk, saved.pk, "approve")
    assert version().state == "submitted", "nobody approves their own"
    desk.force_login(approver)
    step(desk, saved.pk, "approve")
    page = step(desk, saved.pk, "publish")
    assert version().state == "published"
    assert page.count("checker@example.org") >= 2, "the history says who"
    assert "please" in page


def test_approving_ones_own_draft_is_refused_with_the_reason(desk):
    desk.post(SHIFT, draft())
    step(desk, version().pk, "submit")
    page = desk.post(f"{LIST}{version().pk}/step/approve/", follow=True, headers={"accept-language": "en"})
    assert "was written by you: somebody else must approve it" in page.content.decode()
    assert version().state == "submitted"


def test_what_is_published_is_shown_and_not_edited(desk, author, approver):
    desk.post(SHIFT, draft())
    published = versions.publish(versions.approve(versions.submit(version(), author), approver), author)
    page = desk.get(f"{LIST}{published.pk}/change/").content.decode()
    assert "<code>baseline_g_per_km</code> = <strong>40.5</strong> g/pkm" in page
    assert 'name="number.baseline_g_per_km"' not in page
    answer = desk.post(f"{LIST}{published.pk}/change/", draft(source_en="changed"))
    assert answer.status_code == 403
    assert desk.post(f"{LIST}{published.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"{LIST}{published.pk}/step/submit/").status_code == 403
    assert version().source_en == "a council decision"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"number.distance_max_m": "0"}, "greater than or equal to 1"),
        ({"number.baseline_g_per_km": "1000.1"}, "less than or equal to 1000"),
        ({"number.baseline_g_per_km": "4"}, "mode_g_per_km &lt;= baseline_g_per_km"),
        ({"number.baseline_g_per_km": "4.0123456789"}, "9 decimal places"),
        ({"number.mode_g_per_km": ""}, "mode_g_per_km"),
        ({"source_zh": ""}, "This field is required"),
        ({"source_en": " "}, "This field is required"),
        ({"conservativeness_zh": "偏低"}, "This field is required"),
        ({"valid_from_0": "2009-01-01"}, "Shared bike v1 holds from 2010-01-01"),
        ({"valid_until_0": "2026-12-01", "valid_until_1": "00:00"}, "after its start"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field_and_nothing_is_written(desk, changes, says):
    answer = desk.post(SHIFT, draft(**changes), headers={"accept-language": "en"})
    assert says in answer.content.decode()
    assert version() is None


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (("grid", "CN", 2022), "baseline_g_per_km is in g/pkm; the factor grid CN 2022"),
        (("motorised-mean", "CN-BJ", 2024), "holds in CN-BJ, not in CN"),
    ],
)
def test_a_factor_in_the_wrong_unit_or_region_is_refused(desk, key, says):
    values = draft(**{"factor.baseline_g_per_km": seeded(*key).pk})
    page = desk.post(SHIFT, values, headers={"accept-language": "en"}).content.decode()
    assert says in page or "Select a valid choice" in page
    assert version() is None


def test_a_number_comes_from_the_chosen_factor(desk):
    chosen = {"factor.baseline_g_per_km": seeded("motorised-mean", "CN-BJ", 2024).pk}
    desk.post(SHIFT, draft(region="CN-BJ", **chosen, **{"number.baseline_g_per_km": ""}))
    assert version().parameters["baseline_g_per_km"] == "104"
    assert version().factors["baseline_g_per_km"]["code"] == "motorised-mean"
    page = desk.get(f"{LIST}{version().pk}/change/").content.decode()
    assert f'<option value="{seeded("motorised-mean", "CN-BJ", 2024).pk}" selected' in page


def test_lists_are_filled_row_by_row(desk):
    rows = {
        "number.bands.0.up_to_m": "1000",
        "number.bands.0.baseline_g_per_km": "20",
        "number.bands.2.up_to_m": "5000",
        "number.bands.2.baseline_g_per_km": "30",
        "number.accepts": ["reported", "track"],
        "number.evidence.self_declared": "0.5",
    }
    desk.post(SHIFT, draft(**rows))
    saved = version().parameters
    assert saved["bands"] == [
        {"up_to_m": 1000, "baseline_g_per_km": "20"},
        {"up_to_m": 5000, "baseline_g_per_km": "30"},
    ]
    assert (saved["accepts"], saved["evidence"]) == (["reported", "track"], {"self_declared": "0.5"})


def test_a_copy_opens_as_a_draft(desk):
    first = Methodology.objects.get(scenario__code="shared-bike", version=1)
    step(desk, first.pk, "copy")
    assert version().state == "draft"
    assert version().factors.keys() == first.factors.keys()


def test_every_family_has_a_form_that_its_seeded_version_fills(desk, author):
    for each in Methodology.objects.all():
        copied = versions.copy(each, author)
        page = desk.get(f"{LIST}{copied.pk}/change/")
        assert page.status_code == 200
        form = page.context["adminform"].form
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        posted = {name: value for name, value in values.items() if value not in (None, "")}
        posted |= {"scenario": copied.scenario_id, "region": copied.region}
        posted |= {"valid_from_0": "2027-01-01", "valid_from_1": "00:00"}
        posted |= {"steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0"}
        posted = {
            name: value for name, value in posted.items() if name not in ("valid_from", "valid_until", "corrects")
        }
        desk.post(f"{LIST}{copied.pk}/change/", posted)
        copied.refresh_from_db()
        assert copied.valid_from.year in (2026, 2027)
        assert {**copied.parameters, "evidence": 0} == {**each.parameters, "evidence": 0}
        assert copied.steps.count() == 2, "the form was accepted"


def test_staff_without_the_right_sees_no_button_and_is_refused(client, make_staff):
    client.force_login(make_staff("clerk", "view_methodology"))
    first = Methodology.objects.get(scenario__code="shared-bike", version=1)
    assert "step/copy" not in client.get(f"{LIST}{first.pk}/change/").content.decode()
    assert client.post(f"{LIST}{first.pk}/step/copy/").status_code == 403
    assert client.get(LIST + "add/").status_code == 403


def test_a_factor_is_drafted_published_by_another_and_then_fixed(desk, client, author, approver):
    values = {
        "code": "grid", "kind": "grid", "region": "CN", "year": "2024", "value": "0.52", "unit": "kg/kWh",
        "status": "provisional", "provenance": "O", "source_zh": "生态环境部", "source_en": "the ministry",
        "best_before": "2027-12-31", "supersedes": seeded("grid", "CN", 2023).pk,
    }  # fmt: skip
    desk.post("/admin/activities/factor/add/", values)
    saved = seeded("grid", "CN", 2024)
    assert saved.published_at is None
    ask = {"action": "publish", "_selected_action": [saved.pk]}
    in_english = {"headers": {"accept-language": "en"}}
    page = desk.post("/admin/activities/factor/", ask | {"confirmed": "yes"}, follow=True, **in_english)
    assert "was written by you: somebody else must publish it" in page.content.decode()
    client.force_login(approver)
    page = client.post("/admin/activities/factor/", ask, **in_english).content.decode()
    assert "From then on nobody can change them" in page
    saved.refresh_from_db()
    assert saved.published_at is None
    client.post("/admin/activities/factor/", ask | {"confirmed": "yes"})
    saved.refresh_from_db()
    assert (saved.author, saved.publisher) == (author, approver)
    assert saved.published_at is not None
    client.force_login(author)
    assert desk.post(f"/admin/activities/factor/{saved.pk}/change/", values | {"value": "9"}).status_code == 403
    one_language = {**values, "year": "2025", "source_zh": "", "supersedes": ""}
    page = desk.post("/admin/activities/factor/add/", one_language, headers={"accept-language": "en"})
    assert page.context["adminform"].form.errors.keys() == {"source_zh"}
    wrong = {**values, "region": "CN-SC", "year": "2025"}
    page = desk.post("/admin/activities/factor/add/", wrong, headers={"accept-language": "en"}).content.decode()
    assert "Code and region must be the same" in page
    assert not Factor.objects.filter(year=2025).exists()


def test_the_watch_page_shows_the_effect_of_newer_factors(desk):
    page = desk.get("/admin/activities/factor/aged/").content.decode()
    assert "+11.9%" in page
    assert "新能源车充电 v1" in page
    assert date(2025, 12, 31).isoformat() in page


def test_times_at_the_desk_are_the_citys(desk):
    desk.post(SHIFT, draft())
    assert version().valid_from.isoformat() == "2026-12-31T16:00:00+00:00"
