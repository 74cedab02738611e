"""Events told anew, taken back, told late and in any order: the latest telling counts, and the books follow."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from activities import audit, pipeline
from activities.intake.drafts import Draft
from activities.models import Activity, DailyTotal, Delivery, Event, Feed, Finding, Reduction, RuleSetting, Tally
from activities.pipeline import deadlines
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in

DAY = datetime(2016, 8, 1, tzinfo=UTC)
RIDE_MG = 50_820


def assert_sound() -> None:
    checks = audit.run() | ledger_audit.run()
    assert not any(checks.values()), checks


def ride(external_id: str, minute: int = 0, minutes: int = 10, distance_m: int | None = 1500, **fields) -> Draft:
    values = {
        "line": 1, "subject": "7", "external_id": external_id, "scenario": "shared-bike", "half": "",
        "started_at": DAY + timedelta(minutes=minute), "ended_at": DAY + timedelta(minutes=minute + minutes),
        "distance_m": distance_m, "distance_basis": "reported", "quantity": None, "place": "", **fields,
    }  # fmt: skip
    return Draft(**values)


def tap(external_id: str, half: str, minute: int, place: str = "A", **fields) -> Draft:
    return ride(external_id, minute, scenario="metro", half=half, ended_at=None, place=place, distance_m=None,
                distance_basis="default", **fields)  # fmt: skip


def cancel(external_id: str, **fields) -> Draft:
    return ride(external_id, minute=2000, action="cancel", **fields)


def pairing(feed: Feed, **declared) -> None:
    """Declare how the feed pairs its taps."""
    feed.format["pairing"] = declared
    feed.save(update_fields=["format"])


def deliver(feed: Feed, *drafts: Draft, sent: int = 0):
    """One delivery that the partner made `sent` seconds after the day began."""
    delivery = Delivery.objects.create(
        feed=feed, door=Delivery.Door.FILE, external_id="f", content_sha256=b"", size_bytes=0,
        sent_at=DAY + timedelta(seconds=sent),
    )  # fmt: skip
    return pipeline.run(delivery, drafts)


def verdicts(citizen) -> list[tuple]:
    """Everything that the order of deliveries must not change."""
    found = Activity.objects.filter(citizen_id=citizen.id).exclude(reason="merged").order_by("key")
    return [
        (act.key, act.started_at, act.ended_at, act.distance_m, act.status, act.reason, act.origin, act.destination)
        for act in found
    ]


def books(citizen) -> tuple:
    live = Reduction.objects.live().filter(citizen_id=citizen.id)
    keys = dict(Activity.objects.filter(citizen_id=citizen.id).values_list("id", "key"))
    tally = Tally.objects.filter(citizen_id=citizen.id).values_list("reduction_mg", "points", "remainder_mg").first()
    days = DailyTotal.objects.filter(citizen_id=citizen.id, activities__gt=0)
    return (
        verdicts(citizen),
        sorted((keys[row.activity_id], row.reduction_mg, row.methodology_id, row.city_day) for row in live),
        tally or (0, 0, 0),
        sorted(days.values_list("city_day", "scenario__code", "activities", "distance_m", "reduction_mg")),
        statements.balance(citizen.id),
    )


@pytest.fixture
def linked(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    return alice


def test_a_correction_reverses_and_replaces(linked, bike_feed):
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    outcome = take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.0")))
    assert (outcome.corrected, outcome.accepted, outcome.reduction_mg, outcome.points) == (1, 1, 33_880 - RIDE_MG, -2)
    rows = Reduction.objects.order_by("id").values_list("generation", "reversal", "cause", "reduction_mg")
    assert list(rows) == [
        (1, False, "credited", RIDE_MG),
        (1, True, "corrected", -RIDE_MG),
        (2, False, "corrected", 33_880),
    ]
    assert Reduction.objects.get(reversal=True).inputs["distance_m"] == 1500
    assert Activity.objects.get().distance_m == 1000
    assert Event.objects.count() == 1
    assert_sound()


def test_a_correction_can_move_to_another_day_and_be_refused(linked, bike_feed):
    deliver(bike_feed, ride("1"), sent=1)
    deliver(bike_feed, ride("1", minute=60 * 30), sent=2)
    assert Activity.objects.get().city_day == date(2016, 8, 2)
    assert set(DailyTotal.objects.values_list("city_day", "activities")) == {
        (date(2016, 8, 1), 0), (date(2016, 8, 2), 1),
    }  # fmt: skip
    deliver(bike_feed, ride("1", minute=60 * 30, distance_m=30_000), sent=3)
    assert verdicts(linked)[0][4:6] == ("rejected", "speed_implausible")
    assert Finding.objects.get().rule == "speed_implausible"
    assert statements.balance(linked.id) == 0
    assert_sound()


def test_the_same_body_again_is_as_old_as_the_first_time(linked, bike_feed):
    old = rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5"))
    take_in(bike_feed, old)
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.0")))
    again = take_in(bike_feed, old)
    assert (again.duplicates, again.corrected, again.reduction_mg) == (1, 0, 0)
    assert Activity.objects.get().distance_m == 1000


def test_a_revision_decides_before_the_time_of_delivery(linked, bike_feed):
    deliver(bike_feed, ride("1", distance_m=2000, revision=2), sent=1)
    assert deliver(bike_feed, ride("1", distance_m=1000, revision=1), sent=9).duplicates == 1
    assert Activity.objects.get().distance_m == 2000


def test_a_cancellation_reverses_whenever_it_comes(linked, bike_feed):
    for first, second in permutations([ride("1"), cancel("1")]):
        with transaction.atomic():
            deliver(bike_feed, first, sent=1)
            deliver(bike_feed, second, sent=2)
            assert verdicts(linked)[0][4:6] == ("rejected", "cancelled")
            assert (statements.balance(linked.id), Tally.objects.get().reduction_mg) == (0, 0)
            assert_sound()
            transaction.set_rollback(True)


def test_a_cancellation_without_a_person_finds_its_event(linked, bike_feed):
    deliver(bike_feed, ride("1"))
    outcome = deliver(bike_feed, cancel("1", subject=""))
    assert (outcome.cancelled, outcome.reduction_mg) == (1, -RIDE_MG)
    deliver(bike_feed, cancel("2", subject=""))
    assert deliver(bike_feed, ride("2", minute=60)).rejected == 1
    assert_sound()


def test_a_higher_revision_brings_a_cancelled_event_back(linked, bike_feed):
    deliver(bike_feed, ride("1", revision=1), cancel("1", revision=1))
    deliver(bike_feed, ride("1", revision=2, distance_m=1000))
    assert Tally.objects.get().reduction_mg == 33_880
    assert_sound()


def test_an_event_told_for_somebody_else_is_theirs_and_a_cancellation_reverses_it_alone(linked, bob, bike_feed, link):
    link(bob, bike_feed, "8")
    deliver(bike_feed, ride("1"), ride("2", 60), sent=1)
    outcome = deliver(bike_feed, ride("1", subject="8"), sent=2)
    assert (outcome.accepted, outcome.corrected, outcome.cancelled, outcome.reduction_mg) == (1, 1, 0, 0)
    assert {row[5] for row in verdicts(linked)} == {"", "cancelled"}
    assert Tally.objects.get(citizen_id=bob.id).reduction_mg == RIDE_MG
    assert deliver(bike_feed, ride("1", distance_m=1000), sent=1).reduction_mg == 0  # told before it was bob's
    assert_sound()
    outcome = deliver(bike_feed, cancel("1", subject=""), sent=3)
    assert (outcome.cancelled, outcome.reduction_mg) == (1, -RIDE_MG)
    assert {tally.citizen_id: tally.reduction_mg for tally in Tally.objects.all()} == {linked.id: RIDE_MG, bob.id: 0}
    assert_sound()


def test_an_event_stands_for_one_person_at_a_time(linked, bob, bike_feed, link):
    link(bob, bike_feed, "8")
    deliver(bike_feed, ride("1"), sent=1)
    event = Event.objects.get()
    with pytest.raises(IntegrityError, match="one_standing_event_per_partner_and_id"), transaction.atomic():
        Event.objects.create(
            citizen_id=bob.id, key=event.key, content_digest=b"", activity_id=bob.id, delivery=event.delivery
        )
    assert Event.objects.count() == 1


def test_revision_nought_is_a_revision(linked, bike_feed):
    deliver(bike_feed, ride("1", revision=0), cancel("1", revision=0))
    assert verdicts(linked)[0][5] == "cancelled"
    deliver(bike_feed, ride("1", revision=1))
    assert verdicts(linked)[0][4] == "accepted"
    deliver(bike_feed, ride("2", 60, revision=-1))
    assert [row[4] for row in verdicts(linked)] == ["accepted", "accepted"]
    assert_sound()


def test_a_cancellation_for_people_who_are_not_linked_leaves_no_trace(bike_feed):
    assert deliver(bike_feed, cancel("1")).unlinked == 1
    assert not Tally.objects.exists()


def test_a_cancelled_trip_makes_room_for_the_one_it_was_in_the_way_of(linked, bike_feed):
    deliver(bike_feed, ride("1", 0), ride("2", 5))
    assert [row[4] for row in sorted(verdicts(linked), key=lambda row: row[1])] == ["accepted", "rejected"]
    deliver(bike_feed, cancel("1"))
    assert [row[5] for row in sorted(verdicts(linked), key=lambda row: row[1])] == ["cancelled", ""]
    assert not Finding.objects.filter(rule="overlap").exists()
    assert Tally.objects.get().reduction_mg == RIDE_MG
    assert_sound()


def test_a_late_tap_between_two_pairs_them_anew(linked, metro_feed, link):
    link(linked, metro_feed, "7")
    pairing(metro_feed, limit_s=4 * 3600)
    deliver(metro_feed, tap("i1", "in", 0), tap("o1", "out", 40, "B"))
    assert Tally.objects.get().reduction_mg > 0
    deliver(metro_feed, tap("i2", "in", 20, "C"))
    found = sorted(verdicts(linked), key=lambda row: row[1])
    assert [(row[4], row[5]) for row in found] == [("held", "awaiting_exit"), ("accepted", "")]
    deliver(metro_feed, cancel("i2"))
    found = sorted(verdicts(linked), key=lambda row: row[1])
    assert [(row[4], row[5]) for row in found] == [("accepted", ""), ("rejected", "cancelled")]
    assert Event.objects.exclude(activity_id__in=Activity.objects.values("id")).count() == 0
    assert_sound()


@pytest.mark.parametrize(
    ("policy", "status", "reason"), [("reject", "rejected", "unpaired"), ("count", "accepted", "")]
)
def test_the_feed_says_what_becomes_of_a_single_tap(linked, metro_feed, link, policy, status, reason):
    link(linked, metro_feed, "7")
    pairing(metro_feed, limit_s=3600, unpaired=policy)
    deliver(metro_feed, tap("i1", "in", 0))
    assert verdicts(linked)[0][4:6] == (status, reason)
    assert_sound()


@pytest.fixture
def cancel_feed(metro_feed) -> Feed:
    """The metro's feed of cancellations, which declares no pairing, as in docs/feeds/cancellations.yaml."""
    cases = [{"action": "cancel"}]
    declared = {"container": {"kind": "jsonl"}, "zone": "UTC", "event_id": {"column": "id"}, "cases": cases}
    return Feed.objects.create(partner=metro_feed.partner, code="metro-cancellations", format=declared)


def test_a_cancellation_from_a_feed_of_its_own_leaves_other_journeys_whole(linked, metro_feed, link, cancel_feed):
    link(linked, metro_feed, "7")
    pairing(metro_feed, limit_s=4 * 3600)
    deliver(metro_feed, tap("i1", "in", 0), tap("o1", "out", 40, "B"), tap("i2", "in", 100), tap("o2", "out", 130, "B"))
    credited = Tally.objects.get().reduction_mg
    outcome = deliver(cancel_feed, cancel("i2", subject=""), cancel("o2", subject=""))
    assert (outcome.cancelled, outcome.reduction_mg) == (2, -credited // 2)
    found = sorted(verdicts(linked), key=lambda row: row[1])
    assert [(row[4], row[5]) for row in found] == [("accepted", ""), *[("rejected", "cancelled")] * 2]
    assert set(Reduction.objects.filter(reversal=True).values_list("cause", flat=True)) == {"cancelled"}
    assert_sound()


def test_the_feed_of_the_entry_says_how_long_a_journey_may_last(linked, metro_feed, link):
    link(linked, metro_feed, "7")
    exits = Feed.objects.create(partner=metro_feed.partner, code="metro-exits", format={**metro_feed.format})
    pairing(metro_feed, limit_s=3600, unpaired="hold")
    pairing(exits, limit_s=60, unpaired="reject")
    told = [(metro_feed, tap("i1", "in", 0)), (exits, tap("o1", "out", 50, "B")), (exits, tap("o2", "out", 300, "B"))]
    ends = []
    for order in permutations(told):
        with transaction.atomic():
            for feed, draft in order:
                deliver(feed, draft)
            ends.append(books(linked))
            assert [row[5] for row in sorted(verdicts(linked), key=lambda row: row[1])] == ["", "unpaired"]
            transaction.set_rollback(True)
    assert ends == ends[:1] * 6


def test_a_half_is_held_until_the_deadline_of_its_feed_and_still_counts_after_it(linked, metro_feed, link):
    link(linked, metro_feed, "7")
    pairing(metro_feed, limit_s=3600, hold_days=2)
    deliver(metro_feed, tap("i1", "in", 0), tap("o9", "out", 600, "B"))
    assert deadlines.reject_overdue() == 0
    age(days=3)
    assert deadlines.reject_overdue() == 2
    assert deadlines.reject_overdue() == 0
    deliver(metro_feed, tap("i3", "in", 1200))
    found = sorted(verdicts(linked), key=lambda row: row[1])
    assert [row[4:6] for row in found] == [*[("rejected", "unpaired")] * 2, ("held", "awaiting_exit")]
    assert set(Finding.objects.values_list("rule", "verdict")) == {("unpaired", "rejected"), ("awaiting_exit", "held")}
    assert deliver(metro_feed, tap("i4", "in", 700)).accepted == 0
    assert Activity.objects.filter(reason="unpaired").count() == 2
    assert deliver(metro_feed, tap("o1", "out", 40, "B")).accepted == 1
    assert_sound()


def age(days: int) -> None:
    """Let activities have arrived before, as their ids and columns tell it."""
    for act in Activity.objects.all():
        earlier = UUID(int=act.id.int - (days * 86_400_000 << 80))
        Event.objects.filter(activity_id=act.id).update(activity_id=earlier)
        Finding.objects.filter(activity_id=act.id).update(activity_id=earlier)
        Activity.objects.filter(pk=act.pk).update(id=earlier, created_at=act.created_at - timedelta(days=days))


def test_one_trip_from_two_partners_counts_once_by_the_better_evidence(linked, bike_feed, link):
    other = Feed.objects.exclude(partner=bike_feed.partner).select_related("partner").first()
    link(linked, other, "7")
    deliver(other, ride("p", 1, distance_m=1600, evidence="device"))
    deliver(bike_feed, ride("1"))
    assert {row[5]: row[4] for row in verdicts(linked)} == {"": "accepted", "duplicate": "rejected"}
    winner = Activity.objects.get(status="accepted")
    assert winner.feed_id == bike_feed.pk
    assert Finding.objects.get().evidence == {"other_id": str(winner.id)}
    assert_sound()


def test_a_persons_decision_stands_whatever_the_rules_say(linked, bike_feed):
    deliver(bike_feed, ride("1", 0), ride("2", 5))
    Activity.objects.filter(status="rejected").update(decision="accepted")
    Activity.objects.filter(status="accepted").update(decision="rejected")
    booked = pipeline.rejudge({(linked.id, date(2016, 8, 1))}, Reduction.Cause.REVIEWED)
    assert booked.reduction_mg == 0
    found = sorted(verdicts(linked), key=lambda row: row[1])
    assert [(row[4], row[5]) for row in found] == [("rejected", "reviewed"), ("accepted", "")]
    assert set(Reduction.objects.filter(generation=1).values_list("cause", flat=True)) == {"credited", "reviewed"}
    assert pipeline.rejudge({(linked.id, date(2016, 8, 1))}).reduction_mg == 0
    assert_sound()


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_a_persons_decision_was_on_what_was_told_then(linked, bike_feed, decision):
    deliver(bike_feed, ride("1", distance_m=30_000), sent=1)
    Activity.objects.update(decision=decision)
    pipeline.rejudge({(linked.id, date(2016, 8, 1))}, Reduction.Cause.REVIEWED)
    deliver(bike_feed, ride("1", distance_m=30_000), sent=2)
    assert Activity.objects.get().decision == decision
    deliver(bike_feed, ride("1", distance_m=60_000), sent=3)
    act = Activity.objects.get()
    assert (act.decision, act.status, act.reason) == (None, "rejected", "speed_implausible")
    assert Tally.objects.get().reduction_mg == 0
    deliver(bike_feed, ride("1"), sent=4)
    assert (Activity.objects.get().status, Tally.objects.get().reduction_mg) == ("accepted", RIDE_MG)
    assert_sound()


def test_steps_inside_a_ride_are_netted_out_and_come_back_when_it_is_cancelled(linked, bike_feed):
    hours = [0] * 24
    hours[8], hours[12] = 600, 3000  # 08:00 to 09:00 in the city
    walk = ride("w", -480, scenario="walking", ended_at=None, distance_m=None, distance_basis="default", quantity=3600,
                traits={"steps_by_hour": hours})  # fmt: skip
    deliver(bike_feed, walk)
    deliver(bike_feed, ride("1", 0, minutes=30))  # 08:00 to 08:30: half of the hour's 600 steps
    reduction = Reduction.objects.live().get(scenario__code="walking")
    assert (reduction.reduction_mg, reduction.inputs) == (3300 * 20, {"quantity": 3300})
    deliver(bike_feed, cancel("1"))
    reduction = Reduction.objects.live().get(scenario__code="walking")
    assert (reduction.reduction_mg, reduction.inputs, reduction.generation) == (3600 * 20, None, 3)
    assert_sound()


def test_a_trip_over_midnight_is_judged_with_the_next_day(linked, bike_feed):
    midnight = 16 * 60  # in the city
    deliver(bike_feed, ride("b", midnight + 5))
    deliver(bike_feed, ride("a", midnight - 5, minutes=20))
    found = sorted(verdicts(linked), key=lambda row: row[1])
    assert [row[5] for row in found] == ["", "overlap"]
    assert_sound()


def test_rules_without_settings_do_not_judge(linked, bike_feed):
    RuleSetting.objects.filter(rule="overlap").update(active=False)
    deliver(bike_feed, ride("1", 0), ride("2", 5))
    assert [row[4] for row in verdicts(linked)] == ["accepted", "accepted"]


N, MINUTES, WHO = st.integers(0, 3), st.integers(3, 25), st.sampled_from("778")


def rides_told():
    minute = st.sampled_from([0, 5, 20, 950, 955, 970, 1400])
    return st.builds(
        lambda n, at, length, half_km, told, who: (
            "bike", ride(f"r{n}", at, length, half_km * 500, revision=told, subject=who)
        ),
        N, minute, MINUTES, st.integers(1, 6), st.sampled_from([None, None, 0, 1, 2]), WHO,
    )  # fmt: skip


def rides_told_by_another():
    return st.builds(
        lambda n, at, half_km: ("other", ride(f"p{n}", at, 12, half_km * 500, evidence="device")),
        N, st.sampled_from([0, 1, 6, 951, 962]), st.integers(1, 6),
    )  # fmt: skip


def taps_told():
    return st.builds(
        lambda name, n, half, quarters, place, who: (name, tap(f"t{n}", half, quarters * 15, place, subject=who)),
        st.sampled_from(["metro", "gates"]), st.integers(0, 4), st.sampled_from(["in", "out"]), st.integers(0, 8),
        st.sampled_from("AB"), WHO,
    )  # fmt: skip


def walks_told():
    none = {"ended_at": None, "distance_m": None, "distance_basis": "default"}
    return st.builds(
        lambda n, steps: ("bike", ride(f"w{n}", -480, scenario="walking", quantity=steps, **none)),
        st.integers(0, 1), st.integers(1000, 9000),
    )  # fmt: skip


def cancels_told():
    return st.one_of(
        st.builds(lambda n, revision: ("bike", cancel(f"r{n}", revision=revision)), N, st.sampled_from([None, 0, 1])),
        st.builds(lambda n: ("cancellations", cancel(f"t{n}", subject="")), N),
    )


TELLING = st.one_of(rides_told(), rides_told_by_another(), taps_told(), walks_told(), cancels_told())


@settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_interleaving_of_the_same_deliveries_ends_in_the_same_books(
    linked, bob, bike_feed, metro_feed, cancel_feed, link, data
):
    other = Feed.objects.exclude(partner__in=[bike_feed.partner, metro_feed.partner]).select_related("partner").first()
    gates, _new = Feed.objects.get_or_create(
        code="metro-gates", defaults={"partner": metro_feed.partner, "format": {**metro_feed.format}}
    )
    pairing(metro_feed, limit_s=3600)
    pairing(gates, limit_s=1200, unpaired="count")
    feeds = {"bike": bike_feed, "metro": metro_feed, "gates": gates, "cancellations": cancel_feed, "other": other}
    sent: list[tuple[Feed, list[Draft], int]] = []
    for name, draft in data.draw(st.lists(TELLING, min_size=2, max_size=9)):
        if sent and sent[-1][0] == feeds[name] and data.draw(st.booleans()):
            sent[-1][1].append(draft._replace(line=len(sent[-1][1]) + 1))
        else:
            sent.append((feeds[name], [draft], len(sent)))
    again = data.draw(st.lists(st.sampled_from(sent), max_size=3))
    ends = []
    for order in (sent, data.draw(st.permutations(sent + again))):
        with transaction.atomic():
            for feed in (metro_feed, other):
                link(linked, feed, "7")
            for feed in (bike_feed, metro_feed):
                link(bob, feed, "8")
            for feed, drafts, moment in order:
                cut = data.draw(st.integers(0, len(drafts)))
                for batch in (drafts[:cut], drafts[cut:]):
                    deliver(feed, *batch, sent=moment)
            ends.append((books(linked), books(bob)))
            assert_sound()
            transaction.set_rollback(True)
    assert ends[0] == ends[1]
