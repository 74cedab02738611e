from datetime import date, timedelta
from uuid import UUID

import pytest

from dashboard.models import Period
from dashboard.ranks import boards
from tests.dashboard.conftest import TODAY, tally

API = "/api/v1"


@pytest.mark.parametrize("path", ["summary", "series", "activities", f"activities/{UUID(int=1)}", "ranks"])
def test_nobody_reads_without_signing_in(client, db, path):
    response = client.get(f"{API}/{path}")
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def test_the_summary_has_balance_and_periods(signed_in, alice, total, give_points):
    total(alice, TODAY, 67_760, 6)
    tally(alice.pk, 67_760, 6, 7_760)
    give_points(alice.pk, 6)
    assert signed_in.get(f"{API}/summary").json() == {
        "balance_points": 6,
        "held_points": 0,
        "owed_points": 0,
        "expiring": [],
        "reduction_mg": 67_760,
        "points": 6,
        "carried_mg": 7_760,
        "today_mg": 67_760,
        "week_mg": 67_760,
        "last_week_mg": 0,
        "week_so_far_mg": 0,
        "last_week_so_far_mg": 0,
        "month_mg": 67_760,
        "last_month_mg": 0,
        "year_mg": 67_760,
    }


def test_a_series_is_cut_to_the_range_and_the_scenario(signed_in, alice, total, metro):
    total(alice, date(2026, 11, 2), 10, 1)
    total(alice, date(2026, 11, 3), 200, 2, scenario=metro)
    total(alice, date(2026, 10, 31), 3_000, 3)
    query = {"by": "day", "from": "2026-11-01", "to": "2026-11-18"}
    document = signed_in.get(f"{API}/series", query).json()
    assert (document["by"], document["first_day"], document["last_day"]) == ("day", "2026-11-01", "2026-11-18")
    assert [(bar["start"], bar["scenario"], bar["reduction_mg"]) for bar in document["bars"]] == [
        ("2026-11-02", "shared-bike", 10),
        ("2026-11-03", "metro", 200),
    ]
    assert len(signed_in.get(f"{API}/series", query | {"scenario": "metro"}).json()["bars"]) == 1


def test_a_series_covers_whole_bars(signed_in):
    document = signed_in.get(f"{API}/series", {"by": "month", "from": "2026-03-15", "to": "2026-05-02"}).json()
    assert (document["first_day"], document["last_day"]) == ("2026-03-01", "2026-05-31")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-11-18", "to": "2026-11-01"}, "range_unfit"),
        ({"from": "2020-01-01", "to": "2026-11-01"}, "range_unfit"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, "range_unfit"),
        ({"to": "9999-12-31"}, "range_unfit"),
        ({"to": "0001-01-01"}, "range_unfit"),
        ({"by": "century"}, "invalid"),
        ({"from": "yesterday"}, "invalid"),
        ({"scenario": "flying"}, "invalid"),
    ],
)
def test_a_series_refuses_a_range_that_cannot_be(signed_in, query, code):
    response = signed_in.get(f"{API}/series", query)
    assert response.status_code == 400
    assert response.json()["code"] == code


def test_activities_are_paged_and_filtered(signed_in, alice, bob, make_activity):
    accepted = [make_activity(alice, TODAY - timedelta(days=number)) for number in range(3)]
    rejected = make_activity(alice, reason="overlap")
    make_activity(bob)
    first = signed_in.get(f"{API}/activities", {"page_size": 3}).json()
    assert [row["id"] for row in first["results"]] == [str(row.pk) for row in [rejected, *accepted[:0:-1]]]
    second = signed_in.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == [str(accepted[0].pk)]
    assert second["next"] is None
    assert second["results"][0] == {
        "id": str(accepted[0].pk),
        "scenario": "shared-bike",
        "partner": accepted[0].feed.partner.code,
        "started_at": "2026-11-18T00:00:00Z",
        "ended_at": "2026-11-18T00:12:00Z",
        "city_day": "2026-11-18",
        "distance_m": 2000,
        "quantity": None,
        "status": "accepted",
        "reason": "",
        "reduction_mg": 67_760,
        "points": 7,
        "bonus_points": 0,
    }
    assert first["results"][0]["reduction_mg"] is None
    only = signed_in.get(f"{API}/activities", {"status": "rejected", "scenario": "shared-bike"}).json()
    assert [row["id"] for row in only["results"]] == [str(rejected.pk)]


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_of_activities_takes_as_many_queries_however_long(
    signed_in, alice, make_activity, count, django_assert_num_queries
):
    for _ in range(count):
        make_activity(alice)
    with django_assert_num_queries(6):  # a savepoint around session, user, citizen, activities, reductions
        signed_in.get(f"{API}/activities")


def test_an_activity_tells_its_story(signed_in, alice, make_activity):
    activity = make_activity(alice)
    document = signed_in.get(f"{API}/activities/{activity.pk}", headers={"Accept-Language": "en"}).json()
    assert document["activity"]["reduction_mg"] == 67_760
    assert document["quantification"]["calculation"] == "2 km × (42.58 − 8.7) g/km = 67.76 g"
    assert document["award"] == {
        "carried_mg": 4_240,
        "sum_mg": 72_000,
        "mg_per_point": 10_000,
        "points": 7,
        "fixed_points": 0,
        "remainder_mg": 2_000,
        "unfunded_points": 0,
    }
    assert (document["door"], document["checks"], document["reason_text"]) == ("webhook", [], "")


def test_a_rejected_activity_says_why(signed_in, alice, make_activity):
    activity = make_activity(alice, reason="overlap")
    document = signed_in.get(f"{API}/activities/{activity.pk}", headers={"Accept-Language": "en"}).json()
    assert document["reason_text"] == "Another of your trips at the same time was counted already."
    assert [check["rule"] for check in document["checks"]] == ["overlap"]
    assert (document["quantification"], document["award"]) == (None, None)


def test_a_strangers_activity_is_not_found(signed_in, bob, make_activity):
    response = signed_in.get(f"{API}/activities/{make_activity(bob).pk}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_ranks_have_the_own_place_and_the_top(signed_in, alice, make_citizen, total, district):
    alice.nickname, alice.ranked = "heron", True
    alice.save()
    total(alice, TODAY, 500)
    for number in range(9):
        total(make_citizen(nickname=f"b{number}", ranked=True), TODAY, 1_000 + number)
    boards.refresh(Period.MONTH, TODAY)
    document = signed_in.get(f"{API}/ranks", {"period": "month"}).json()
    assert (document["period"], document["period_start"], document["days"]) == ("month", "2026-11-01", TODAY.day)
    assert (document["standing"]["place"], document["standing"]["of"], document["standing"]["to_next_mg"]) == (
        10,
        10,
        500,
    )
    assert document["top"][0] == {"place": 1, "nickname": "b8", "score": 1_008}
    nowhere = signed_in.get(f"{API}/ranks", {"period": "month", "scope": "district"}).json()
    assert (nowhere["standing"], nowhere["top"]) == (None, [])
    assert signed_in.get(f"{API}/ranks", {"period": "eon"}).status_code == 400
