"""Each source of notices by the rows of its room; told once; asked for in a handful of queries."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import groups, privacy
from accounts.models import Achievement, AchievementEarned, Group, Level, Standing, User
from activities.models import Appeal, Decision, Instrument, Question
from config import clock
from dashboard.community import challenges
from dashboard.models import Challenge
from dashboard.notifications import inbox, kinds, outbox
from dashboard.notifications.models import Dispatch, Notice
from dashboard.notifications.sources import Draft
from ledger.models import ExpiryNotice
from tests.dashboard.conftest import TODAY


def told(citizen):
    """Kind and title of what the citizen is told; gathering twice tells nothing new."""
    inbox.gather()
    assert inbox.gather() == 0
    return [(one.kind, kinds.words(one.kind, one.facts).title) for one in inbox.of(citizen.pk)]


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def staff(db):
    return User.objects.create_user(username="staff", is_staff=True)


def test_points_that_expire_are_told_ahead(alice):
    expires_on = TODAY + timedelta(days=60)
    ExpiryNotice.objects.create(holder=alice.pk, expires_on=expires_on, days_before=60, points=120)
    assert told(alice) == [("points_expiring", "120 points expire on 17 Jan 2027")]


def test_decisions_and_questions_are_told_even_where_nothing_is_booked(alice, bob, make_activity, staff):
    activity = make_activity(alice, reason="overlap")
    common = {"citizen_id": alice.pk, "activity_id": activity.pk}
    Decision.objects.create(**common, kind="review", verdict="rejected", note="Two at once", decided_by=staff)
    Question.objects.create(**common, question="Where did you change?", asked_by=staff)
    assert {kind for kind, _title in told(alice)} == {"decision", "question"}
    assert told(bob) == []


def test_an_achievement_is_told(alice):
    achievement, month = Achievement.objects.first(), clock.month_of(clock.city_day(timezone.now()))
    AchievementEarned.objects.create(citizen_id=alice.pk, achievement=achievement, month=month, once=achievement.once)
    AchievementEarned.objects.create(
        citizen_id=alice.pk, achievement=Achievement.objects.last(), month=date(2020, 1, 1), once=False
    )
    assert told(alice) == [("achievement", f"Earned in {month:%b %Y}: {achievement.name_en}")]


def test_a_level_is_told_when_it_is_reached_and_not_at_every_gram_after(alice):
    first, second = Level.objects.all()[:2]
    month = clock.city_day(timezone.now()).replace(day=1)
    own = {"citizen_id": alice.pk, "month": month}
    Standing.objects.create(**own, level=None, reduction_mg=1)
    assert told(alice) == []
    Standing.objects.update(level=first, reduction_mg=first.min_reduction_mg)
    assert told(alice) == [("level", f"Level of the month: {first.name_en}")]
    Standing.objects.update(reduction_mg=first.min_reduction_mg + 1)
    assert len(told(alice)) == 1
    Standing.objects.update(level=second, reduction_mg=second.min_reduction_mg)
    assert {title for _kind, title in told(alice)} == {
        f"Level of the month: {level.name_en}" for level in (first, second)
    }


def test_a_level_of_long_ago_is_no_news(alice):
    Standing.objects.create(citizen_id=alice.pk, month=date(2026, 1, 1), level=Level.objects.first(), reduction_mg=9**9)
    assert told(alice) == []


def test_a_copy_that_is_ready_is_told(alice):
    privacy.make_export(privacy.request_export(alice).pk)
    assert told(alice) == [("export_ready", "The copy of your data is ready")]


def test_challenges_are_told_when_entered_and_when_decided(make_citizen, monkeypatch):
    ann, ben = make_citizen("ann", nickname="ann"), make_citizen("ben", nickname="ben")
    own = groups.found(ann, Group.Kind.TEAM, "Herons")
    groups.join_by_token(ben, groups.invite(own))
    challenge = challenges.found(own, "Green lake", TODAY, TODAY, 1)
    assert ("challenge_entered", "“Herons” takes part in “Green lake”") in told(ben)
    monkeypatch.setattr(clock, "city_today", lambda: challenge.closes_on)
    challenges.count_due()
    assert Challenge.objects.get().closed_at
    assert ("challenge_decided", "“Green lake” has its final result") in told(ben)


def test_spreading_takes_as_many_queries_for_many_as_for_one(make_citizen, django_assert_num_queries):
    people = [make_citizen(f"p{number}") for number in range(30)]
    facts = {"partner_zh": "单车", "partner_en": "Bikes"}
    for some in (people[:1], people[1:]):
        inbox.add([Draft(one.pk, "link_renewal", "link_renewal:1", facts) for one in some])
        with django_assert_num_queries(9):
            assert outbox.spread() == len(some)
    assert Dispatch.objects.count() == 30


def test_erasing_forgets_texts_cards_and_the_nickname_in_notices_to_others(make_citizen, make_activity, staff):
    ann, ben = make_citizen("ann", nickname="ann"), make_citizen("ben", nickname="ben")
    own = groups.found(ann, Group.Kind.FRIENDS, "Herons")
    groups.join_by_token(ben, groups.invite(own))
    assert ("joined_group", "ben joined “Herons”") in told(ann)
    activity = make_activity(ben, reason="overlap")
    common = {"citizen_id": ben.pk, "activity_id": activity.pk}
    appeal = Appeal(**common, against="rejected", reason="overlap")
    appeal.text = "I live at the lake"
    appeal.save()
    Question.objects.create(**common, question="Where?", asked_by=staff)
    Instrument.objects.create(citizen_id=ben.pk, kind="payer", digest=7)
    privacy.erase(ben.pk)
    privacy.erase(ben.pk)
    assert Appeal.objects.get().text == ""
    assert not Question.objects.exists() and not Instrument.objects.exists()
    assert not any("ben" in str(one.facts) for one in Notice.objects.all())
