"""Groups as pages: found, invite, join, compare; a stranger finds nothing."""

import re
from uuid import uuid4

import pytest

from accounts import groups
from accounts.models import Group, Membership
from dashboard.models import Measure, Period
from dashboard.ranks import boards, ranking
from tests.dashboard.conftest import TODAY


@pytest.fixture
def heron(alice):
    alice.nickname = "heron"
    alice.save()
    return alice


@pytest.fixture
def circle(heron):
    return groups.found(heron, Group.Kind.FRIENDS, "Herons")


@pytest.fixture
def bird(bob):
    bob.nickname = "bird"
    bob.save()
    return bob


def test_founding_leads_to_the_group(signed_in, heron):
    answer = signed_in.post("/groups/", {"name": "Lake birds", "kind": "team"})
    group = Group.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/groups/{group.pk}/")
    assert "Lake birds" in signed_in.get("/groups/").text
    assert signed_in.post("/groups/", {"name": "<", "kind": "team"}).status_code == 200
    assert Group.objects.count() == 1


def test_who_has_no_nickname_chooses_one_before_anything_else(signed_in, alice):
    page = signed_in.get("/groups/", headers={"accept-language": "en"}).text
    assert 'href="/me/#profile">Choose one first.</a>' in page
    assert 'action="/groups/"' not in page and 'action="/groups/code/"' not in page
    alice.nickname = "heron"
    alice.save()
    page = signed_in.get("/groups/", headers={"accept-language": "en"}).text
    assert "Choose one first" not in page
    assert 'action="/groups/"' in page and 'action="/groups/code/"' in page


def test_a_link_is_shown_once_and_lets_a_friend_in(signed_in, circle, bird, client):
    signed_in.post(f"/groups/{circle.group_id}/invite/")
    link = re.search(r'value="(http[^"]+/groups/join/[^"]+/)"', signed_in.get(f"/groups/{circle.group_id}/").text)[1]
    assert "/groups/join/" not in signed_in.get(f"/groups/{circle.group_id}/").text
    client.force_login(bird.user)
    page = client.get(link)
    assert "Herons" in page.text
    assert not Membership.objects.filter(citizen=bird).exists()  # looking is not joining
    assert client.post(link)["Location"] == f"/groups/{circle.group_id}/"
    assert client.get("/groups/join/made-up/").status_code == 404


def test_a_code_lets_colleagues_in(client, heron, bird):
    company = groups.found(heron, Group.Kind.COMPANY, "Works")
    code = groups.open_code(company)
    client.force_login(bird.user)
    assert client.post("/groups/code/", {"code": "WRONG"}).status_code == 200
    assert client.post("/groups/code/", {"code": code}).status_code == 302
    page = client.get(f"/groups/{company.group_id}/").text
    assert "heron" not in page  # members of a company are not listed for members
    assert code not in page


@pytest.mark.parametrize("kind", [Group.Kind.COMPANY, Group.Kind.SCHOOL])
def test_who_keeps_a_company_sees_no_nickname_and_removes_by_number(signed_in, client, heron, bird, kind):
    client.cookies["tanpuhui_language"] = "en"
    company = groups.found(heron, kind, "Works")
    bird.ranked = True
    bird.save()
    member = groups.join_by_code(bird, groups.open_code(company))
    address = f"/groups/{company.group_id}/"
    page = signed_in.get(address).text
    assert "bird" not in page
    assert f"Member {company.pk}" in page
    assert f"Member {member.pk}" not in page  # not even as a number: a list that grows tells who came
    assert (
        "Nobody in this group has that number" in signed_in.post(f"{address}remove/", {"member": 1}, follow=True).text
    )
    client.force_login(bird.user)
    assert f"<strong>{member.pk}</strong>" in client.get(address).text  # their own
    signed_in.force_login(heron.user)
    signed_in.post(f"{address}remove/", {"member": member.pk})
    assert company.group.memberships.get() == company


def test_what_joining_a_company_means_is_what_happens(client, heron, bird):
    client.cookies["tanpuhui_language"] = "en"
    company = groups.found(heron, Group.Kind.COMPANY, "Works")
    client.force_login(bird.user)
    page = client.get(f"/groups/join/{groups.invite(company)}/").text
    assert "not even who keeps the group, sees who you are" in page


@pytest.mark.parametrize(
    "deed", ["invite", "revoke", "leave", "rename", "report", "open-code", "close-code", "remove", "role", "hand-over"]
)
def test_a_stranger_gets_404_and_changes_nothing(client, circle, bird, deed):
    client.force_login(bird.user)
    assert client.get(f"/groups/{circle.group_id}/").status_code == 404
    assert client.post(f"/groups/{circle.group_id}/{deed}/", {"member": circle.pk, "name": "Mine"}).status_code == 404
    assert "Herons" not in client.get(f"/ranks/?scope={circle.group_id}").text
    circle.refresh_from_db()
    assert (circle.role, circle.group.name) == ("owner", "Herons")


def test_deeds_that_make_no_sense_are_404(signed_in, circle):
    for deed, data in [("dance", {}), ("remove", {"member": "x"}), ("remove", {"member": 10**20}), ("revoke", {})]:
        assert signed_in.post(f"/groups/{circle.group_id}/{deed}/", data).status_code == 404
    assert signed_in.post(f"/groups/{uuid4()}/leave/").status_code == 404


def test_the_last_one_leaves_and_the_group_is_gone(signed_in, circle):
    assert signed_in.post(f"/groups/{circle.group_id}/leave/")["Location"] == "/groups/"
    assert not Group.objects.exists()


def test_friends_see_each_other_without_the_public_ranks(signed_in, circle, bird, total):
    groups.join_by_token(bird, groups.invite(circle))
    total(circle.citizen, TODAY, 3_000_000)
    total(bird, TODAY, 2_000_000)
    boards.refresh(Period.MONTH, TODAY)
    page = signed_in.get(f"/ranks/?scope={circle.group_id}").text
    assert "bird" in page and "heron" in page
    shot = ranking.snapshot(Period.MONTH, TODAY)
    order = ranking.within(circle.group, shot, Measure.TOTAL, viewer=bird.pk)
    assert [(row.place, row.nickname, row.score) for row in order.rows] == [
        (1, "heron", 3_000_000),
        (2, "bird", 2_000_000),
    ]
    own = order.standing
    assert (own.place, own.of, own.ahead_percent, own.to_next, own.around) == (2, 2, 0, 1_000_000, [])
    assert ranking.standing(circle.citizen, Period.MONTH, TODAY) is None  # not in the public ranks
    groups.leave(groups.membership(bird, circle.group_id))
    assert "bird" not in signed_in.get(f"/ranks/?scope={circle.group_id}").text


def test_a_company_shows_nothing_below_ten_and_names_only_who_wants(heron, make_citizen, total, signed_in):
    company = groups.found(heron, Group.Kind.COMPANY, "Works")
    code = groups.open_code(company)
    total(heron, TODAY, 5_000)
    for number in range(9):
        if number == 8:
            boards.refresh(Period.MONTH, TODAY)
            few = ranking.within(company.group, ranking.snapshot(Period.MONTH, TODAY), Measure.TOTAL, viewer=heron.pk)
            assert (few.people, few.rows, few.standing) == (0, [], None)
        worker = make_citizen(f"w{number}", nickname=f"w{number}", ranked=number == 3)
        groups.join_by_code(worker, code)
        total(worker, TODAY, 1_000 * number)
    boards.refresh(Period.MONTH, TODAY)
    order = ranking.within(company.group, ranking.snapshot(Period.MONTH, TODAY), Measure.TOTAL)
    assert [(row.place, row.nickname) for row in order.rows] == [(7, "w3")]
    order = ranking.within(company.group, ranking.snapshot(Period.MONTH, TODAY), Measure.TOTAL, viewer=heron.pk)
    assert [(row.place, row.nickname) for row in order.rows] == [(4, "heron"), (7, "w3")]
    own = order.standing
    assert (own.place, own.of, own.ahead_percent, own.to_next) == (4, 10, 55, 1_000)  # 5 of the 9 others
    assert '4 <span class="unit">/ 10 人</span>' in signed_in.get(f"/ranks/?scope={company.group_id}").text
    assert signed_in.get(f"/ranks/?scope={company.group_id}&measure=green_days&with=similar").status_code == 200


def test_the_group_board_takes_few_queries(circle, bird, total, django_assert_num_queries):
    groups.join_by_token(bird, groups.invite(circle))
    boards.refresh(Period.MONTH, TODAY)
    shot = ranking.snapshot(Period.MONTH, TODAY)
    with django_assert_num_queries(2):
        ranking.within(circle.group, shot, Measure.TOTAL)


def test_the_app_reads_the_order_inside_a_group(circle, make_citizen, total, client):
    total(circle.citizen, TODAY, 3000)
    ben = make_citizen("ben-app", nickname="ben")
    groups.join_by_token(ben, groups.invite(circle))
    total(ben, TODAY, 5000)
    client.force_login(circle.citizen.user)
    address = f"/api/v1/groups/{circle.group_id}/ranks"
    answer = client.get(address).json()
    assert (answer["rows"], answer["people"], answer["standing"]) == ([], 0, None)  # not worked out yet
    boards.refresh(Period.MONTH, TODAY)
    answer = client.get(address).json()
    rows = answer["rows"]
    assert (answer["people"], answer["standing"]["place"], answer["standing"]["to_next"]) == (2, 2, 2000)
    assert answer["days"] == TODAY.day
    assert [(row["place"], row["nickname"], row["score"], row["own"]) for row in rows] == [
        (1, "ben", 5000, False),
        (2, circle.citizen.nickname, 3000, True),
    ]
    assert client.get(address, {"similar": True}).status_code == 200
