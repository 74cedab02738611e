"""Restatement: a correcting version books a period anew, by rows, once, whatever dies or runs twice."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from activities import audit
from activities.methodologies import proof, recomputation, restatement, versions
from activities.methodologies.restatement import OwnRestatement, RestatementDecided, RestatementUnfit
from activities.models import Activity, DailyTotal, Methodology, Reduction, Restatement, Tally
from activities.pipeline import batch
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in

pytestmark = pytest.mark.usefixtures("english")
FIRST, LAST = date(2016, 8, 1), date(2016, 8, 30)


@pytest.fixture
def clerk(make_staff):
    return make_staff("clerk")


@pytest.fixture
def chief(make_staff):
    return make_staff("chief")


@pytest.fixture
def ridden(bike_feed, alice, bob, link):
    link(alice, bike_feed, "a")
    link(bob, bike_feed, "b")
    take_in(
        bike_feed,
        rides(
            ("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "3.000"),
            ("2", "a", "2016-08-02 07:00", "2016-08-02 07:20", "2.000"),
            ("3", "b", "2016-08-03 07:00", "2016-08-03 07:20", "1.000"),
            ("4", "b", "2016-09-03 07:00", "2016-09-03 07:20", "1.000"),
        ),
    )


@pytest.fixture
def correcting(clerk, chief, ridden):
    """From 33.88 to 23.88 g/km, for August 2016."""

    def make(**parameters) -> Methodology:
        wrong = Methodology.objects.select_related("scenario").get(scenario__code="shared-bike", version=1)
        version = Methodology(
            scenario=wrong.scenario,
            family=wrong.family,
            parameters={**wrong.parameters, "baseline_g_per_km": "32.58", **parameters},
            region=wrong.region,
            valid_from=datetime(2016, 7, 31, 16, tzinfo=UTC),
            valid_until=datetime(2016, 8, 31, 16, tzinfo=UTC),
            corrects=wrong,
            source_zh="重新核算",
            source_en="a recount",
        )
        return versions.adopt(version, clerk, chief, {})

    return make


@pytest.fixture
def approved(correcting, clerk, chief):
    def make(**parameters) -> Restatement:
        asked = restatement.request(
            correcting(**parameters), FIRST, LAST, ("一个因子偏高。", "A factor was too high."), clerk
        )
        return restatement.approve(asked, chief)

    return make


def assert_sound() -> None:
    breaches = audit.run() | ledger_audit.run()
    assert not any(breaches.values()), breaches
    assert recomputation.run(everything=True).mismatches == 0


def amounts(citizen) -> list[tuple]:
    rows = Reduction.objects.filter(citizen_id=citizen.id).order_by("city_day", "generation", "reversal")
    return list(rows.values_list("reduction_mg", "generation", "reversal", "cause", "methodology__version"))


def test_a_period_is_booked_anew_by_rows_and_points_follow(approved, alice, bob):
    done = restatement.run(approved().pk)
    new = done.after.version
    assert (done.state, done.citizens, done.restated, done.held) == ("done", 2, 3, 0)
    assert (done.reduction_mg, done.points) == (-60_000, -6)
    assert amounts(alice) == [
        (101_640, 1, False, "credited", 1),
        (-101_640, 1, True, "restated", 1),
        (71_640, 2, False, "restated", new),
        (67_760, 1, False, "credited", 1),
        (-67_760, 1, True, "restated", 1),
        (47_760, 2, False, "restated", new),
    ]
    assert amounts(bob)[-1] == (33_880, 1, False, "credited", 1)  # September is not in the period
    tally = Tally.objects.get(citizen_id=alice.id)
    assert (tally.reduction_mg, tally.points, tally.remainder_mg) == (119_400, 11, 9_400)
    assert statements.balance(alice.id) == 11
    assert DailyTotal.objects.get(citizen_id=alice.id, city_day="2016-08-01").reduction_mg == 71_640
    assert_sound()


def test_running_twice_changes_nothing_more(approved, alice):
    asked = approved()
    first, rows = restatement.run(asked.pk), Reduction.objects.count()
    again = restatement.run(asked.pk)
    assert (again.restated, again.finished_at, Reduction.objects.count()) == (3, first.finished_at, rows)


def test_a_run_that_dies_goes_on_where_it_was(approved, monkeypatch):
    asked = approved()
    monkeypatch.setattr(restatement, "CITIZENS_A_BATCH", 1)
    assert restatement._step(asked.pk) is True
    assert Restatement.objects.get().citizens == 1

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(restatement, "_hold", die)  # after the rows were written, before the end of the batch
        with pytest.raises(KeyboardInterrupt):
            restatement.run(asked.pk)
    assert Reduction.objects.filter(reversal=True).values("citizen_id").distinct().count() == 1
    done = restatement.run(asked.pk)
    assert (done.state, done.citizens, done.restated, done.reduction_mg) == ("done", 2, 3, -60_000)
    assert_sound()


def test_a_late_delivery_finds_the_correcting_version(approved, bike_feed, alice):
    restatement.run(approved().pk)
    take_in(bike_feed, rides(("9", "a", "2016-08-04 07:00", "2016-08-04 07:20", "1.000")), "late.csv")
    late = Reduction.objects.get(city_day="2016-08-04")
    assert (late.reduction_mg, late.methodology.version) == (23_880, Restatement.objects.get().after.version)
    rows = Reduction.objects.count()
    take_in(bike_feed, rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "3.000")), "again.csv")
    assert Reduction.objects.count() == rows
    assert_sound()


def test_a_daily_cap_counts_over_the_whole_day(approved, alice):
    restatement.run(approved(day_max_g="50").pk)
    assert [row[0] for row in amounts(alice) if row[1] == 2] == [50_000, 47_760]
    assert Reduction.objects.get(reduction_mg=50_000).inputs == {"day_left_mg": 50_000}
    assert_sound()


def test_what_lacks_an_input_is_taken_back_and_held(approved, alice):
    done = restatement.run(approved(accepts=["reported"]).pk)
    assert (done.restated, done.held, done.reduction_mg) == (3, 3, -203_280)
    assert set(Activity.objects.filter(status="held").values_list("reason", flat=True)) == {"input_missing"}
    assert_sound()


def test_nobody_approves_their_own_and_nothing_is_decided_twice(correcting, clerk, chief):
    asked = restatement.request(correcting(), FIRST, LAST, ("有误", "wrong"), clerk)
    with pytest.raises(OwnRestatement):
        restatement.approve(asked, clerk)
    assert restatement.run(asked.pk).state == "requested"
    assert not Reduction.objects.filter(reversal=True)
    restatement.refuse(asked, chief)
    with pytest.raises(RestatementDecided):
        restatement.approve(asked, chief)
    assert restatement.run(asked.pk).restated == 0


def test_what_cannot_be_restated_is_refused_with_a_reason(correcting, clerk):
    version = correcting()
    with pytest.raises(RestatementUnfit, match="does not hold on all days"):
        restatement.request(version, FIRST, date(2016, 9, 1), ("有误", "wrong"), clerk)
    with pytest.raises(RestatementUnfit, match="ends before"):
        restatement.request(version, LAST, FIRST, ("有误", "wrong"), clerk)
    with pytest.raises(RestatementUnfit, match="corrects another"):
        restatement.request(version.corrects, FIRST, LAST, ("有误", "wrong"), clerk)
    restatement.request(version, FIRST, LAST, ("有误", "wrong"), clerk)
    with pytest.raises(RestatementUnfit, match="already"):
        restatement.request(version, LAST, LAST, ("有误", "wrong"), clerk)
    assert Restatement.objects.count() == 1


def test_history_shows_both_rows_and_says_why(approved, alice, client):
    restatement.run(approved().pk)
    activity = Activity.objects.get(citizen_id=alice.id, city_day="2016-08-01")
    client.force_login(alice.user)
    told = client.get(f"/api/v1/activities/{activity.pk}").json()
    assert [(row["reduction_mg"], row["cause"]) for row in told["history"]] == [
        (101_640, "credited"),
        (-101_640, "restated"),
        (71_640, "restated"),
    ]
    assert told["restated_because"] == "一个因子偏高。"
    page = client.get(reverse("activity", args=[activity.pk]), headers={"accept-language": "en"}).content.decode()
    assert "A version of the methodology was wrong and was corrected: A factor was too high." in page
    assert page.count("restated by a corrected methodology") == 2
    assert (
        "一个因子偏高。" in client.get(reverse("activity", args=[activity.pk]), headers={"accept-language": "zh"}).text
    )
    proof = client.get(f"/api/v1/activities/{activity.pk}/explanation").json()
    assert (proof["agrees"], proof["recomputed"]["reduction_mg"]) == (True, 71_640)


def test_what_is_judged_again_before_the_approval_says_so_and_is_not_restated_twice(
    correcting, bike_feed, alice, clerk, chief
):
    """From its publication on the correcting version is in force: a day judged again follows it at once."""
    version = correcting()
    asked = restatement.request(version, FIRST, LAST, ("一个因子偏高。", "A factor was too high."), clerk)
    batch.rejudge([(alice.id, date(2016, 8, 1))])
    assert amounts(alice) == [
        (101_640, 1, False, "credited", 1),
        (-101_640, 1, True, "restated", 1),
        (71_640, 2, False, "restated", version.version),
        (67_760, 1, False, "credited", 1),
    ]
    done = restatement.run(restatement.approve(asked, chief).pk)
    assert (done.state, done.restated) == ("done", 2)
    assert [row[0] for row in amounts(alice)][-1] == 47_760
    rows = Reduction.objects.count()
    batch.rejudge([(alice.id, date(2016, 8, day)) for day in (1, 2)])
    assert Reduction.objects.count() == rows
    assert_sound()


def test_every_row_recomputes_after_corrections_cancellations_and_restatements(approved, bike_feed, alice):
    """Also those reversed before the content changed while nothing was credited."""
    told = [
        rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "2.500")),
        rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "30.000")),  # too fast: nothing is credited
        rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:21", "40.000")),  # and told anew meanwhile
        rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:22", "1.500")),
    ]
    for place, rows in enumerate(told):
        take_in(bike_feed, rows, f"{place}.csv")
    restatement.run(approved(day_max_g="20").pk)
    take_in(bike_feed, rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:22", "1.200")), "last.csv")
    own = Activity.objects.get(citizen_id=alice.id, city_day="2016-08-01")
    rows = list(proof.rows_of(own))
    assert [row.reduction_mg for row in rows if not row.reversal] == [101_640, 84_700, 50_820, 20_000, 20_000]
    assert [proof.prove(row, own)["agrees"] for row in rows] == [True] * len(rows)
    assert all(row.inputs for row in rows if row.reversal)
    assert_sound()
