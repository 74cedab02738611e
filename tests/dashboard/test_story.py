import re
from uuid import uuid4

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from activities.models import Activity, Finding
from dashboard.entry import story
from dashboard.entry.story import Award


def test_the_story_of_an_accepted_ride_has_formula_and_points(alice, make_activity, django_assert_num_queries):
    activity = make_activity(alice)
    with django_assert_num_queries(5), translation.override("en"):
        told = story.tell(alice.pk, activity.pk)
    assert told.award == Award(
        carried_mg=4_240,
        sum_mg=72_000,
        mg_per_point=10_000,
        points=7,
        fixed_points=0,
        remainder_mg=2_000,
        unfunded_points=0,
    )
    assert told.explanation.calculation == "2 km × (42.58 − 8.7) g/km = 67.76 g"
    assert told.explanation.points_calculation == (
        "(4.24 g carried over + 67.76 g) ÷ 10 g per point = 7; 2 g are carried to the next entry"
    )
    assert told.explanation.reduction_mg == told.reduction.reduction_mg == 67_760
    assert (told.methodology.version, told.scene.code, told.duration.total_seconds()) == (1, "shared-bike", 720)
    assert (told.checks, told.reason) == ([], "")


def test_a_story_opens_no_month_but_its_own(alice, make_activity):
    activity = make_activity(alice)
    with CaptureQueriesContext(connection) as queries:
        story.tell(alice.pk, activity.pk)
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        opened = re.findall(r"activities_(?:activity|reduction|finding)_(\d{4}_\d{2}|default)", plan)
        assert len(set(opened)) <= 1, plan


def test_the_story_of_a_rejected_ride_says_why_and_pays_nothing(alice, make_activity):
    activity = make_activity(alice, reason="overlap")
    with translation.override("en"):
        told = story.tell(alice.pk, activity.pk)
    assert told.reason == "Another of your trips at the same time was counted already."
    assert [(check.rule, check.verdict, check.says) for check in told.checks] == [("overlap", "rejected", told.reason)]
    assert (told.reduction, told.methodology, told.award, told.explanation) == (None, None, None, None)


@pytest.mark.parametrize(("language", "says"), [("en", "See the other entry"), ("zh-hans", "查看另一条记录")])
def test_the_loser_leads_to_what_counts_instead(alice, client, make_activity, language, says):
    winner, loser = make_activity(alice), make_activity(alice, reason="duplicate")
    Finding.objects.filter(activity_id=loser.pk).update(evidence={"other_id": str(winner.pk)})
    assert [check.other for check in story.tell(alice.pk, loser.pk).checks] == [winner.pk]
    client.force_login(alice.user)
    page = client.get(f"/activities/{loser.pk}/", headers={"Accept-Language": language}).content.decode()
    assert f'<a href="/activities/{winner.pk}/">{says}</a>' in page
    document = client.get(f"/api/v1/activities/{loser.pk}").json()
    assert [check["other"] for check in document["checks"]] == [str(winner.pk)]


def test_what_stood_in_the_way_of_nothing_leads_nowhere(alice, client, make_activity):
    loser = make_activity(alice, reason="daily_cap")
    assert [check.other for check in story.tell(alice.pk, loser.pk).checks] == [None]
    client.force_login(alice.user)
    page = client.get(f"/activities/{loser.pk}/", headers={"Accept-Language": "en"}).content.decode()
    assert "See the other entry" not in page


def test_the_story_of_a_tap_without_exit_waits(alice, make_activity, metro):
    activity = make_activity(
        alice, reason="awaiting_exit", status=Activity.Status.HELD, scenario=metro, ended_at=None, distance_m=None
    )
    told = story.tell(alice.pk, activity.pk)
    assert told.reason
    assert told.duration is None


def test_a_strangers_activity_does_not_exist(alice, bob, make_activity):
    activity = make_activity(alice)
    with pytest.raises(Http404):
        story.tell(bob.pk, activity.pk)
    with pytest.raises(Http404):
        story.tell(alice.pk, uuid4())


def test_the_app_gets_the_proof_of_its_own_entry_only(alice, bob, client, make_activity):
    activity = make_activity(alice)
    url = f"/api/v1/activities/{activity.pk}/explanation"
    client.force_login(alice.user)
    document = client.get(url).json()
    assert (document["agrees"], document["recomputed"]["reduction_mg"]) == (True, 67_760)
    client.force_login(bob.user)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("language", "says"), [("zh-hans", "演示数据。每人公里净减排"), ("en", "DEMO. Net 33.88 gCO2")]
)
def test_the_app_gets_the_source_in_its_language(alice, client, make_activity, language, says):
    client.force_login(alice.user)
    url, in_language = f"/api/v1/activities/{make_activity(alice).pk}", {"Accept-Language": language}
    assert client.get(url, headers=in_language).json()["quantification"]["source_text"].startswith(says)
    proof = client.get(f"{url}/explanation", headers=in_language).json()
    assert proof["methodology"]["source"].startswith(says)
    assert {factor["source"]["source"][:5] for factor in proof["factors"] if factor["source"]} == {says[:5]}


def test_a_rejected_entry_has_no_proof(alice, make_activity):
    with pytest.raises(Http404):
        story.prove(alice.pk, make_activity(alice, reason="overlap").pk)


def test_what_the_report_says_is_not_told_again_by_the_calculation(alice, make_activity):
    """A ride of two kilometres counts as reported; what only the calculation knows stays."""
    told = story.tell(alice.pk, make_activity(alice).pk)
    counted = {fact.counted[0] for fact in told.explanation.facts if fact.counted}
    assert "evidence" in counted
    assert [fact for fact in told.facts if fact.counted] == []
    assert set(told.facts) <= set(told.explanation.facts)
