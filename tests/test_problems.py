"""Errors for programs: in the language of the caller, even unforeseen ones, with a page that says what they mean."""

import pytest
from django.urls import reverse
from django.utils import translation

from accounts import citizens
from config import problems


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice.user)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("method", "path", "data", "code"),
    [
        ("get", "/api/v1/nothing", "", "not_found"),
        ("delete", "/api/v1/districts", "", "method_not_allowed"),
        ("post", "/api/v1/groups", "{", "parse_error"),
        ("post", "/api/v1/groups", "{}", "invalid"),
        ("get", "/api/v1/groups/00000000-0000-0000-0000-000000000000", "", "no_group"),
    ],
)
def test_titles_are_in_the_language_of_the_request(signed_in, language, method, path, data, code):
    told = signed_in.generic(method.upper(), path, data, "application/json", headers={"Accept-Language": language})
    status, title = problems.known()[code]
    with translation.override(language):
        assert (told.status_code, told.json()["code"], told.json()["title"]) == (status, code, str(title))
    assert told.json()["title"].isascii() is (language == "en")
    assert told.headers["Content-Type"] == problems.CONTENT_TYPE


def test_a_dead_token_is_told(client, db):
    answer = client.get("/api/v1/groups", headers={"X-Session-Token": "gone", "Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer.json()["title"] == "The session has expired. Sign in again."
    assert "detail" not in answer.json()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_error_of_ours_is_a_problem_too(signed_in, language, monkeypatch):
    def fail(user):
        raise ZeroDivisionError

    monkeypatch.setattr(citizens, "of", fail)
    signed_in.raise_request_exception = False
    answer = signed_in.get("/api/v1/groups", headers={"Accept-Language": language})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["title"].isascii() is (language == "en")
    page = signed_in.get("/home/", headers={"Accept-Language": language})
    assert (page.status_code, page.headers["Content-Type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_type_leads_to_what_it_means(client, db, language):
    document = client.get("/api/v1/nothing").json()
    page = client.get(document["type"], headers={"Accept-Language": language})
    with translation.override(language):
        assert str(problems.TITLES["not_found"][1]) in page.text
    whole = client.get(reverse("problems"), headers={"Accept-Language": language}).text
    assert all(f"<code>{code}</code>" in whole for code in problems.known())
    assert client.get("/problems/unheard_of").status_code == 404


def test_every_title_is_translated():
    """But those that only commands print."""
    with translation.override("zh-hans"):
        english = {code for code, (_status, title) in problems.known().items() if str(title).isascii()}
    assert english <= {"points_rate_missing", "yaml_invalid"}
