"""NUL is refused at the door, wherever it stands: no address, form, body or cookie with it reaches the database."""

import pytest

from accounts import citizens, groups
from accounts.models import Citizen, Group
from config import problems
from config.nul import holds


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice.user)
    client.cookies["tanpuhui_language"] = "en"
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/history/?source=%00",
        "/history/entries.json?source=%00",
        "/ranks/?scope=%00",
        "/links/?ended=a%00b",
        "/groups/join/%00/",
        "/notices/end/a%00/",
        "/city/?month=%00",
        "/rewards/?kind=%00",
        "/merchant/v/%00/",
        "/accounts/login/?next=%00",
    ],
)
def test_a_page_answers_that_the_address_cannot_be_read(signed_in, address):
    page = signed_in.get(address)
    assert page.status_code == 400
    assert "We could not read this request" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/activities?scenario=%00",
        "/api/v1/activities?status=%00",
        "/api/v1/series?scenario=%00",
        "/api/v1/activities/export.json?partner=a%00",
        "/api/v1/groups/invitations/%00",
        "/_allauth/app/v1/auth/session?x=%00",
        "/hooks/mobike-shanghai/?x=%00",
    ],
)
def test_a_program_gets_a_problem(signed_in, address):
    told = signed_in.get(address)
    assert (told.status_code, told.json()["code"]) == (400, "bad_request")
    assert told.headers["Content-Type"] == problems.CONTENT_TYPE


@pytest.mark.parametrize("code", ["code", "name"])
def test_a_form_with_it_is_refused_and_nothing_is_written(signed_in, alice, code):
    alice = citizens.change(alice, nickname="heron")
    own = groups.found(alice, Group.Kind.FRIENDS, "Herons")
    page = signed_in.post(f"/groups/{own.group_id}/rename/", {"name": "Storks", code: "a\0b"})
    assert page.status_code == 400
    assert Group.objects.get().name == "Herons"
    assert signed_in.post(f"/groups/{own.group_id}/rename/", {"name": "Storks"}).status_code == 302
    assert Group.objects.get().name == "Storks"


@pytest.mark.parametrize("sent", [{"district": "a\0"}, {"nickname": "a\0b"}, {"nickname": "ab", "x\0": [1]}])
def test_a_body_with_it_is_refused_and_nothing_is_written(signed_in, sent):
    told = signed_in.patch("/api/v1/me", sent, "application/json")
    assert (told.status_code, told.json()["code"]) == (400, "invalid")
    assert Citizen.objects.get().nickname == ""


def test_a_cookie_with_it_is_refused(client, db):
    client.cookies["tanpuhui_session"] = "a\0" * 10
    assert client.get("/home/").status_code == 400


def test_what_only_looks_like_it_is_let_through(signed_in):
    assert signed_in.get("/history/?source=%2500").status_code == 200


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\0", True),
        ([1, {"a": ["\0"]}], True),
        ({"\0": 1}, True),
        ({"a": [None, 1.5, "b"]}, False),
        ("\\u0000", False),
    ],
)
def test_it_is_found_however_deep(value, found):
    assert holds(value) is found
