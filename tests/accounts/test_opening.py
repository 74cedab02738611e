"""The first visit: 14 or older opens the account, younger leaves no trace."""

import pytest

from accounts.models import Citizen, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(client):
    user = User.objects.create_user("dora", "dora@example.org")
    client.force_login(user)
    client.cookies["tanpuhui_language"] = "en"
    return client


@pytest.mark.parametrize("path", ["/home/", "/rewards/", "/links/swift-bike/end/", "/accounts/privacy/"])
def test_any_page_of_a_citizen_leads_to_the_question_and_back(dora, path):
    answer = dora.get(path)
    assert answer.url == f"/accounts/opening/?next={path}"
    assert not Citizen.objects.exists()
    page = dora.get(answer.url)
    assert "Are you 14 or older?" in page.text
    assert dora.post("/accounts/opening/", {"answer": "old-enough", "next": path}).url == path
    assert Citizen.objects.get().age_confirmed_at is not None
    assert Citizen.objects.get().language == "en"
    assert dora.post("/accounts/opening/", {"answer": "younger"}).url == "/home/"  # too late to be forgotten this way
    assert User.objects.filter(email="dora@example.org").exists()


def test_who_is_younger_leaves_no_trace(dora):
    page = dora.post("/accounts/opening/", {"answer": "younger"})
    assert "we keep nothing" in page.text
    assert not User.objects.filter(email="dora@example.org").exists()
    assert "/accounts/login/" in dora.get("/home/").url


def test_the_way_back_leads_nowhere_else(dora):
    answer = dora.post("/accounts/opening/", {"answer": "old-enough", "next": "https://evil.example/"})
    assert answer.url == "/home/"


@pytest.mark.parametrize("kind", [{"is_staff": True}, {"password": "a long password"}])
def test_staff_and_merchants_are_not_asked(client, kind):
    client.force_login(User.objects.create_user("erin", "erin@example.org", **kind))
    for path in ("/home/", "/rewards/"):
        assert client.get(path).status_code == 403
    assert client.get("/accounts/opening/").url == "/home/"
    assert not Citizen.objects.exists()


def test_the_question_is_for_who_is_signed_in(client):
    assert "/accounts/login/" in client.get("/accounts/opening/").url
