"""Groups by the app's API: the same deeds as on the pages, nothing for strangers."""

from uuid import UUID

import pytest

from accounts import groups
from accounts.models import Group, Invite, Membership
from config.limits import Limit

API = "/api/v1/groups"


@pytest.fixture
def ann(make_citizen):
    return make_citizen("ann", nickname="ann")


@pytest.fixture
def ben(make_citizen):
    return make_citizen("ben", nickname="ben")


@pytest.fixture
def call(client):
    def send(citizen, method, path="", data=None):
        client.force_login(citizen.user)
        return getattr(client, method)(f"{API}{path}", data, content_type="application/json")

    return send


@pytest.fixture
def circle(ann):
    return groups.found(ann, Group.Kind.FRIENDS, "Herons")


def test_a_group_is_founded_and_listed(ann, call):
    answer = call(ann, "post", "", {"kind": "friends", "name": "Herons"})
    assert answer.status_code == 201
    found = answer.json()
    assert (found["name"], found["kind"], found["role"], found["count"]) == ("Herons", "friends", "owner", 1)
    assert [member["nickname"] for member in found["members"]] == ["ann"]
    assert [one["id"] for one in call(ann, "get").json()] == [found["id"]]


def test_a_refused_name_founds_nothing(ann, call):
    answer = call(ann, "post", "", {"kind": "friends", "name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "group_name_unfit")
    assert call(ann, "post", "", {"kind": "tribe", "name": "Herons"}).json()["fields"].keys() == {"kind"}
    assert not Group.objects.exists()


def test_an_invitation_is_shown_taken_and_taken_back(ann, ben, call, circle):
    address = f"/{circle.group_id}"
    fresh = call(ann, "post", f"{address}/invites").json()
    assert fresh["url"].endswith(f"/{fresh['token']}/")
    assert call(ben, "get", f"/invitations/{fresh['token']}").json() == {"kind": "friends", "name": "Herons"}
    for _time in range(2):  # safe to repeat
        assert call(ben, "post", "/join", {"token": fresh["token"]}).json()["role"] == "member"
    assert Membership.objects.count() == 2
    (invite,) = call(ann, "get", address).json()["invites"]
    assert call(ben, "get", address).json()["invites"] == []
    answer = call(ben, "delete", f"{address}/invites/{invite['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "invite_gone")
    assert call(ann, "delete", f"{address}/invites/{invite['id']}").status_code == 204
    assert Invite.objects.get().revoked_at
    assert call(ben, "get", f"/invitations/{fresh['token']}").status_code == 404


def test_a_code_lets_in_until_it_is_closed(ann, ben, call):
    school = groups.found(ann, Group.Kind.SCHOOL, "Lake School")
    code = call(ann, "post", f"/{school.group_id}/code").json()["code"]
    seen = call(ben, "post", "/join", {"code": code.lower()}).json()
    assert (seen["members"], seen["code"], seen["count"]) == (None, None, 2)  # an employer or school lists nobody
    assert call(ben, "delete", f"/{school.group_id}/code").json()["code"] == "group_role_needed"
    assert call(ann, "delete", f"/{school.group_id}/code").status_code == 204
    assert call(ben, "delete", f"/{school.group_id}").status_code == 204
    assert call(ben, "post", "/join", {"code": code}).json()["code"] == "invite_gone"
    assert call(ben, "post", "/join", {}).json()["code"] == "invalid"


def test_who_keeps_a_company_reads_numbers_and_no_nickname(ann, ben, call):
    company = groups.found(ann, Group.Kind.COMPANY, "Works")
    own = call(ben, "post", "/join", {"code": groups.open_code(company)}).json()
    address = f"/{company.group_id}"
    (listed,) = call(ann, "get", address).json()["members"]
    assert (listed["id"], listed["nickname"], listed["role"]) == (company.pk, None, "owner")
    assert call(ann, "patch", f"{address}/members/{own['number']}", {"role": "keeper"}).status_code == 204
    seen = call(ann, "get", address).json()["members"]
    assert [(one["id"], one["nickname"]) for one in seen] == [(company.pk, None), (own["number"], None)]
    assert call(ann, "delete", f"{address}/members/{own['number']}").status_code == 204
    assert call(ann, "delete", f"{address}/members/{own['number']}").json()["code"] == "no_member"


def test_the_owner_gives_roles_and_hands_over(ann, ben, call, circle):
    member = groups.join_by_token(ben, groups.invite(circle))
    address = f"/{circle.group_id}"
    assert call(ben, "patch", address, {"name": "Crows"}).json()["code"] == "group_role_needed"
    assert call(ann, "delete", address).json()["code"] == "owner_must_hand_over"
    assert call(ann, "patch", f"{address}/members/{member.pk}", {"role": "keeper"}).status_code == 204
    assert call(ben, "patch", address, {"name": "Crows"}).json()["name"] == "Crows"
    assert call(ann, "patch", f"{address}/members/{member.pk}", {"role": "owner"}).status_code == 204
    assert call(ben, "delete", f"{address}/members/{circle.pk}").status_code == 204
    assert call(ann, "get", address).json()["code"] == "no_group"


def test_a_name_is_reported(ann, call, circle):
    assert call(ann, "post", f"/{circle.group_id}/report").status_code == 204
    assert Group.objects.get().reported_at


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "/report"),
        ("post", "/code"),
        ("delete", "/code"),
        ("post", "/invites"),
        ("delete", f"/invites/{UUID(int=1)}"),
        ("patch", "/members/1"),
        ("delete", "/members/1"),
        ("get", "/ranks"),
    ],
)
def test_a_stranger_s_group_does_not_exist(ben, call, circle, method, path):
    answer = call(ben, method, f"/{circle.group_id}{path}", {"name": "Crows", "role": "member"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_group")
    assert Group.objects.get().name == "Herons"
    assert not Invite.objects.exists()


def test_codes_cannot_be_guessed_for_long(ben, call, monkeypatch):
    monkeypatch.setattr(groups, "COMING", Limit("coming", 2, 3600))
    answers = [call(ben, "post", "/join", {"code": "AAAACCCC"}) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].json()["code"] == "throttled"
    assert int(answers[2].headers["Retry-After"]) > 0


def test_nobody_reads_groups_without_signing_in(client, db):
    assert client.get(API).status_code == 401
