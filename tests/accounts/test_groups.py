from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import citizens, groups, names
from accounts.models import BlockedWord, Group, Invite, Membership
from tests.races import at_once


@pytest.fixture
def ann(make_citizen):
    return make_citizen("ann", nickname="ann")


@pytest.fixture
def ben(make_citizen):
    return make_citizen("ben", nickname="ben")


@pytest.fixture
def circle(ann):
    return groups.found(ann, Group.Kind.FRIENDS, "Herons")


def test_the_founder_owns_the_group(ann, circle):
    assert (circle.group.name, circle.role, circle.may_manage) == ("Herons", "owner", True)
    assert [own.group for own in groups.memberships(ann)] == [circle.group]


@pytest.mark.parametrize("name", ["x", "y" * 31, "<b>", ""])
def test_an_unfit_name_founds_nothing(ann, name):
    with pytest.raises(groups.GroupNameUnfit):
        groups.found(ann, Group.Kind.TEAM, name)
    assert not Group.objects.exists()


def test_a_blocked_word_is_found_through_signs_and_case(ann):
    BlockedWord.objects.create(word="badword")
    with pytest.raises(names.NameBlocked):
        groups.found(ann, Group.Kind.TEAM, "The Bad-Word")
    with pytest.raises(names.NameBlocked):
        citizens.change(ann, nickname="B.A.D word")
    assert not Group.objects.exists()


def test_who_has_no_nickname_founds_and_joins_nothing(alice, circle):
    with pytest.raises(citizens.NicknameNeeded):
        groups.found(alice, Group.Kind.TEAM, "Team")
    with pytest.raises(citizens.NicknameNeeded):
        groups.join_by_token(alice, groups.invite(circle))
    assert Membership.objects.count() == 1


def test_an_invitation_lets_in_once_per_person(ben, circle):
    token = groups.invite(circle)
    own = groups.join_by_token(ben, token)
    assert groups.join_by_token(ben, token) == own
    assert own.role == "member"
    assert circle.group.memberships.count() == 2
    assert token not in str(Invite.objects.values())


def test_an_invitation_ends_by_time_and_by_will(ben, circle):
    token = groups.invite(circle)
    Invite.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(groups.InviteGone):
        groups.join_by_token(ben, token)
    token = groups.invite(circle)
    groups.revoke(circle, groups.live_invites(circle.group).get().pk)
    with pytest.raises(groups.InviteGone):
        groups.join_by_token(ben, token)
    with pytest.raises(groups.InviteGone):
        groups.join_by_token(ben, "made-up")
    assert circle.group.memberships.count() == 1


def test_a_member_takes_back_only_their_own_invitation(ben, circle):
    own = groups.join_by_token(ben, groups.invite(circle))
    with pytest.raises(groups.InviteGone):
        groups.revoke(own, groups.live_invites(circle.group).get().pk)
    groups.invite(own)
    groups.revoke(own, Invite.objects.get(made_by=ben).pk)
    assert groups.live_invites(circle.group).count() == 1


def test_a_company_opens_a_code_and_only_managers_invite(ann, ben, make_citizen):
    company = groups.found(ann, Group.Kind.COMPANY, "Works")
    code = groups.open_code(company)
    own = groups.join_by_code(ben, f" {code[:4].lower()} {code[4:]} ")
    assert own.group == company.group
    with pytest.raises(groups.NotAllowed):
        groups.invite(own)
    with pytest.raises(groups.NotAllowed):
        groups.open_code(own)
    groups.close_code(company)
    for text in (code, "", "  "):
        with pytest.raises(groups.InviteGone):
            groups.join_by_code(make_citizen("cal", nickname="cal"), text)


def test_a_stranger_finds_no_group(ben, circle):
    with pytest.raises(groups.NoGroup):
        groups.membership(ben, circle.group_id)
    with pytest.raises(groups.NoGroup):
        groups.membership(ben, uuid4())


def test_an_owner_hands_over_before_leaving(ann, ben, circle):
    own = groups.join_by_token(ben, groups.invite(circle))
    with pytest.raises(groups.OwnerMustHandOver):
        groups.leave(circle)
    groups.hand_over(circle, own.pk)
    own.refresh_from_db()
    assert own.role == "owner"
    groups.leave(groups.membership(ann, circle.group_id))
    assert groups.member_ids(circle.group) == [ben.pk]
    groups.leave(own)
    assert not Group.objects.exists()


def test_only_the_owner_removes_keepers_and_nobody_the_owner(ben, circle, make_citizen):
    keeper = groups.join_by_token(ben, groups.invite(circle))
    groups.set_role(circle, keeper.pk, "keeper")
    keeper.refresh_from_db()
    member = groups.join_by_token(make_citizen("cal", nickname="cal"), groups.invite(circle))
    with pytest.raises(groups.NotAllowed):
        groups.remove(keeper, circle.pk)
    with pytest.raises(groups.NotAllowed):
        groups.remove(member, keeper.pk)
    with pytest.raises(groups.NotAllowed):
        groups.set_role(keeper, member.pk, "keeper")
    with pytest.raises(groups.NotAllowed), transaction.atomic():
        groups.hand_over(keeper, member.pk)
    groups.remove(keeper, member.pk)
    groups.remove(circle, keeper.pk)
    assert circle.group.memberships.get() == circle


def test_nobody_reaches_into_another_group(ann, ben, circle):
    other = groups.found(ben, Group.Kind.TEAM, "Other")
    with pytest.raises(groups.NoMember):
        groups.remove(circle, other.pk)
    assert Membership.objects.filter(pk=other.pk).exists()


def test_friends_are_listed_to_each_other(ann, ben, circle):
    own = groups.join_by_token(ben, groups.invite(circle))
    assert [member.citizen.nickname for member in groups.listed(own)] == ["ann", "ben"]


@pytest.mark.parametrize("kind", [Group.Kind.COMPANY, Group.Kind.SCHOOL])
def test_a_company_lists_those_with_a_role_to_its_keepers_and_nobody_to_others(kind, ann, ben, make_citizen):
    owner = groups.found(ann, kind, "Works")
    code = groups.open_code(owner)
    member = groups.join_by_code(ben, code)
    keeper = groups.join_by_code(make_citizen("cal", nickname="cal"), code)
    groups.set_role(owner, keeper.pk, "keeper")
    keeper.refresh_from_db()
    assert groups.listed(member) is None
    assert list(groups.listed(owner)) == list(groups.listed(keeper)) == [owner, keeper]
    groups.remove(keeper, member.pk)  # a number is enough
    assert not Membership.objects.filter(citizen=ben).exists()


def test_limits_hold(monkeypatch, ann, ben, circle):
    monkeypatch.setitem(groups.MEMBERS_MAX, Group.Kind.FRIENDS, 1)
    with pytest.raises(groups.GroupFull):
        groups.join_by_token(ben, groups.invite(circle))
    monkeypatch.setattr(groups, "GROUPS_MAX", 1)
    with pytest.raises(groups.TooManyGroups):
        groups.found(ann, Group.Kind.TEAM, "Two")
    monkeypatch.setattr(groups, "INVITES_MAX", 1)
    with pytest.raises(groups.NotAllowed):
        groups.invite(circle)
    assert (Group.objects.count(), Membership.objects.count()) == (1, 1)


def test_leaving_all_gives_what_was_owned_to_the_longest_member(ann, ben, circle):
    own = groups.join_by_token(ben, groups.invite(circle))
    groups.found(ann, Group.Kind.TEAM, "Alone")
    groups.leave_all(ann)
    own.refresh_from_db()
    assert own.role == "owner"
    assert [group.name for group in Group.objects.all()] == ["Herons"]


def test_a_reported_name_is_taken_by_the_desk(circle):
    groups.report_name(circle)
    group = Group.objects.get()
    assert group.reported_at is not None
    groups.take_name(group)
    group.refresh_from_db()
    assert "Herons" not in group.name
    assert group.reported_at is None


@pytest.mark.django_db(transaction=True)
def test_two_who_want_the_last_place_get_it_once(monkeypatch, make_citizen, circle):
    monkeypatch.setitem(groups.MEMBERS_MAX, Group.Kind.FRIENDS, 2)
    token = groups.invite(circle)
    people = [make_citizen(name, nickname=name) for name in ("cal", "dan")]
    outcomes = at_once([lambda person=person: groups.join_by_token(person, token) for person in people])
    assert sum(isinstance(outcome, groups.GroupFull) for outcome in outcomes) == 1
    assert Membership.objects.count() == 2
