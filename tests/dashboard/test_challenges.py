"""Challenges between teams: one goal, progress, own share, frozen at the close; strangers find nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from accounts import groups, privacy
from accounts.models import Group, Membership
from config import clock
from dashboard.community import challenges
from dashboard.models import Challenge, Share, Team
from tests.dashboard.conftest import TODAY

KG = 1_000_000
END = TODAY + timedelta(days=9)


@pytest.fixture
def team(make_citizen):
    """A team of so many, its owner first; all in it since the day before."""

    def make(name, count=3, kind=Group.Kind.TEAM):
        people = [make_citizen(f"{name}{number}", nickname=f"{name}{number}") for number in range(count)]
        own = groups.found(people[0], kind, name)
        for one in people[1:]:
            groups.join_by_token(one, groups.invite(own))
        Membership.objects.filter(group=own.group).update(joined_at=clock_of(TODAY - timedelta(days=1)))
        return own, people

    return make


def clock_of(day):
    return timezone.datetime(day.year, day.month, day.day, 12, tzinfo=clock.city_zone())


@pytest.fixture
def race(team):
    (herons, heron_people), (crows, crow_people) = team("Herons"), team("Crows")
    challenge = challenges.found(herons, "Green lake", TODAY, END, 10 * KG)
    challenges.enter(crows, challenge.code.lower())
    return challenge, herons, heron_people, crows, crow_people


def pass_to(monkeypatch, day):
    monkeypatch.setattr(clock, "city_today", lambda: day)


def test_teams_reach_one_goal_together_and_everybody_sees_their_part(race, total):
    challenge, _herons, (ann, ben, _cid), _crows, (dan, *_rest) = race
    total(ann, TODAY, 3 * KG)
    total(ben, END, 1 * KG)
    total(dan, TODAY, 2 * KG)
    total(dan, TODAY - timedelta(days=1), 9 * KG)  # before it began
    total(dan, END + timedelta(days=1), 9 * KG)  # after it ended
    assert challenges.count_due() == 1
    seen = challenges.read(ann, challenge.pk)
    assert (seen.reached_mg, seen.percent, seen.own_mg, seen.own_percent, seen.reached) == (
        6 * KG,
        60,
        3 * KG,
        50,
        False,
    )
    assert [(one.name, one.reduction_mg, one.people) for one in seen.teams] == [
        ("Herons", 4 * KG, 3),
        ("Crows", 2 * KG, 3),
    ]
    challenges.count_due()  # safe to repeat
    assert Share.objects.count() == 6


def test_the_result_is_frozen_at_the_close(race, total, monkeypatch):
    challenge, _herons, (ann, *_others), _crows, _people = race
    total(ann, TODAY, 11 * KG)
    pass_to(monkeypatch, challenge.closes_on - timedelta(days=1))
    challenges.count_due()
    assert Challenge.objects.get().closed_at is None
    pass_to(monkeypatch, challenge.closes_on)
    challenges.count_due()
    assert Challenge.objects.get().closed_at
    total(ann, TODAY + timedelta(days=1), 5 * KG)  # late
    assert challenges.count_due() == 0
    challenges.count(challenge.pk)
    seen = challenges.read(ann, challenge.pk)
    assert (seen.reached_mg, seen.own_mg, seen.reached, seen.percent) == (11 * KG, 11 * KG, True, 100)


def test_days_before_somebody_joined_do_not_count(race, total, make_citizen):
    challenge, herons, _people, _crows, _crow_people = race
    eve = make_citizen("eve", nickname="eve")
    late = groups.join_by_token(eve, groups.invite(herons))
    Membership.objects.filter(pk=late.pk).update(joined_at=clock_of(TODAY + timedelta(days=2)))
    total(eve, TODAY + timedelta(days=1), 5 * KG)
    total(eve, TODAY + timedelta(days=2), 1 * KG)
    challenges.count(challenge.pk)
    assert challenges.read(eve, challenge.pk).own_mg == 1 * KG


def test_who_is_in_two_teams_counts_once(race, total):
    challenge, _herons, (ann, *_others), crows, _people = race
    groups.join_by_token(ann, groups.invite(crows))
    total(ann, TODAY, 3 * KG)
    challenges.count(challenge.pk)
    seen = challenges.read(ann, challenge.pk)
    assert (seen.reached_mg, seen.own_mg) == (3 * KG, 3 * KG)
    assert len(seen.own_team_ids) == 2


@pytest.mark.parametrize(("kind", "count", "shown"), [("team", 2, False), ("team", 3, True), ("company", 9, False)])
def test_a_team_of_too_few_is_neither_counted_nor_shown(team, total, kind, count, shown):
    own, people = team("Small", count, kind)
    challenge = challenges.found(own, "Alone", TODAY, END, KG)
    total(people[0], TODAY, KG)
    challenges.count(challenge.pk)
    seen = challenges.read(people[0], challenge.pk)
    assert (seen.teams[0].shown, seen.reached_mg, seen.own_mg) == (shown, KG if shown else 0, KG)


@pytest.mark.parametrize(
    ("start", "end", "goal_mg"), [(-1, 5, KG), (61, 70, KG), (0, 92, KG), (3, 2, KG), (0, 5, 0), (0, 5, 10**15 + 1)]
)
def test_unfit_challenges_are_refused(team, start, end, goal_mg):
    own, _people = team("Herons")
    with pytest.raises(challenges.ChallengeUnfit):
        challenges.found(own, "Odd", TODAY + timedelta(days=start), TODAY + timedelta(days=end), goal_mg)
    assert not Challenge.objects.exists()


def test_only_who_keeps_a_group_brings_it_in_or_takes_it_out(race, team):
    challenge, herons, (_ann, ben, _cid), _crows, _people = race
    own = groups.membership(ben, herons.group_id)
    with pytest.raises(groups.NotAllowed):
        challenges.enter(own, challenge.code)
    with pytest.raises(groups.NotAllowed):
        challenges.withdraw(own, challenge.pk)
    outside, _others = team("Swans")
    with pytest.raises(challenges.NoChallenge):
        challenges.withdraw(outside, challenge.pk)
    with pytest.raises(challenges.NoChallenge):
        challenges.enter(outside, "WRONG")
    assert Team.objects.count() == 2


def test_after_the_last_day_nobody_comes_or_goes(race, team, monkeypatch):
    challenge, herons, _people, _crows, _crow_people = race
    swans, _others = team("Swans")
    pass_to(monkeypatch, END + timedelta(days=1))
    with pytest.raises(challenges.ChallengeOver):
        challenges.enter(swans, challenge.code)
    with pytest.raises(challenges.ChallengeOver):
        challenges.withdraw(herons, challenge.pk)
    assert Team.objects.count() == 2


def test_the_last_team_to_go_ends_it(race):
    challenge, herons, _people, crows, _crow_people = race
    challenges.withdraw(herons, challenge.pk)
    challenges.withdraw(crows, challenge.pk)
    assert not Challenge.objects.exists()


def test_erasing_a_person_keeps_the_result(race, total, monkeypatch):
    challenge, _herons, (ann, ben, _cid), _crows, _people = race
    total(ben, TODAY, 2 * KG)
    pass_to(monkeypatch, challenge.closes_on)
    challenges.count_due()
    privacy.erase(ben.pk)
    assert not Share.objects.filter(citizen_id=ben.pk).exists()
    assert challenges.read(ann, challenge.pk).reached_mg == 2 * KG


def test_a_stranger_finds_nothing(race, make_citizen, client):
    challenge = race[0]
    zoe = make_citizen("zoe", nickname="zoe")
    client.force_login(zoe.user)
    assert client.get(f"/challenges/{challenge.pk}/").status_code == 404
    assert client.get(f"/api/v1/challenges/{challenge.pk}").status_code == 404
    assert client.post(f"/challenges/{challenge.pk}/withdraw/", {"team": race[1].group_id}).status_code == 404
    assert challenge.name not in client.get("/challenges/").text


def test_pages_lead_from_founding_to_progress(team, total, client):
    own, (ann, *_others) = team("Herons")
    crows, (dan, *_rest) = team("Crows")
    client.force_login(ann.user)
    given = {"name": "Green lake", "team": own.pk, "starts_on": TODAY, "ends_on": END, "goal_kg": 10}
    assert client.post("/challenges/", given | {"goal_kg": 0}).status_code == 200
    page = client.post("/challenges/", given)["Location"]
    challenge = Challenge.objects.get()
    assert (page, challenge.goal_mg) == (f"/challenges/{challenge.pk}/", 10 * KG)
    total(ann, TODAY, 4 * KG)
    challenges.count_due()
    with translation.override("en"):
        text = client.get(page, headers={"accept-language": "en"}).text
    assert challenge.code in text and "40%" in text and "100%" in text
    client.force_login(dan.user)
    assert client.post("/challenges/code/", {"code": "WRONG", "team": crows.pk}).status_code == 200
    assert client.post("/challenges/code/", {"code": challenge.code, "team": own.pk}).status_code == 200  # not his
    assert client.post("/challenges/code/", {"code": challenge.code, "team": crows.pk})["Location"] == page
    assert client.post(f"{page}withdraw/", {"team": crows.group_id})["Location"] == "/challenges/"
    assert Team.objects.count() == 1


def test_the_app_founds_enters_and_reads(team, client):
    own, (ann, *_others) = team("Herons")
    crows, (dan, *_rest) = team("Crows")
    client.force_login(ann.user)
    given = {"group": own.group_id, "name": "Lake", "starts_on": TODAY, "ends_on": END, "goal_mg": KG}
    made = client.post("/api/v1/challenges", given, content_type="application/json")
    assert made.status_code == 201
    refused = client.post("/api/v1/challenges", given | {"group": crows.group_id}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_group")
    client.force_login(dan.user)
    entering = {"group": crows.group_id, "code": Challenge.objects.get().code}
    for _time in range(2):
        assert client.post("/api/v1/challenges/enter", entering, content_type="application/json").status_code == 200
    assert [one["name"] for one in client.get("/api/v1/challenges").json()] == ["Lake"]
    seen = client.get(f"/api/v1/challenges/{made.json()['id']}").json()
    assert (seen["percent"], seen["own_mg"], len(seen["teams"])) == (0, 0, 2)
