"""The app's doors: allauth.headless with X-Session-Token."""

import pytest

from accounts import registration
from accounts.models import User
from tests.accounts.conftest import PHONE, people

pytestmark = pytest.mark.django_db
AUTH = "/_allauth/app/v1/auth"


@pytest.fixture
def call(client):
    """Call the app's API; keeps the newest session token, as an app does."""

    class App:
        token = ""

        def post(self, path, data):
            return self.send("post", path, data)

        def send(self, method, path, data=None):
            headers = {"X-Session-Token": self.token} if self.token else {}
            body = {} if data is None else {"data": data, "content_type": "application/json"}
            answer = getattr(type(client)(), method)(path, **body, headers=headers)
            if answer.headers["Content-Type"] == "application/json" and "meta" in answer.json():
                self.token = answer.json()["meta"].get("session_token", self.token)
            return answer

    return App()


def pending(answer):
    return [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]


def test_sign_up_and_in_by_phone(call, code_by_phone):
    answer = call.post(f"{AUTH}/signup", {"phone": "138 0013 8000"})
    assert (answer.status_code, pending(answer)) == (401, ["verify_phone"])
    assert call.post(f"{AUTH}/phone/verify", {"code": code_by_phone()}).status_code == 200
    assert call.send("get", "/api/v1/me").json()["code"] == "age_unconfirmed"
    assert call.send("put", "/api/v1/me", {"fourteen_or_older": True}).json()["phone"] == "+86 138****8000"
    call.token = ""
    answer = call.post(f"{AUTH}/code/request", {"phone": PHONE})
    assert (answer.status_code, pending(answer)) == (401, ["login_by_code"])
    assert call.post(f"{AUTH}/code/confirm", {"code": code_by_phone()}).status_code == 200
    assert call.send("get", "/api/v1/me").status_code == 200
    assert people().count() == 1


def test_sign_up_and_in_by_mail(call, code_by_mail, mailoutbox):
    answer = call.post(f"{AUTH}/signup", {"email": "ann@example.org"})
    assert (answer.status_code, pending(answer)) == (401, ["login_by_code"])
    assert call.post(f"{AUTH}/code/confirm", {"code": code_by_mail()}).status_code == 200
    assert len(mailoutbox) == 1
    assert call.send("put", "/api/v1/me", {"fourteen_or_older": True}).json()["email"] == "a***@example.org"
    call.token = ""
    call.post(f"{AUTH}/code/request", {"email": "ann@example.org"})
    assert call.post(f"{AUTH}/code/confirm", {"code": code_by_mail()}).status_code == 200


@pytest.mark.parametrize("data", [{}, {"phone": PHONE, "email": "ann@example.org"}, {"phone": "12"}])
def test_sign_up_needs_one_address(call, data, texts):
    assert call.post(f"{AUTH}/signup", data).status_code == 400
    assert not people().exists() and not texts()


def test_a_taken_number_is_told_by_text_only(call, texts):
    User.objects.create_user("ann", phone=PHONE, phone_verified=True)
    answer = call.post(f"{AUTH}/signup", {"phone": PHONE})
    assert (answer.status_code, pending(answer)) == (401, ["verify_phone"])
    assert people().count() == 1
    assert len(texts()) == 1


def test_a_taken_mail_address_is_told_by_mail_only(call, mailoutbox):
    registration.open_user(email="ann@example.org")
    answer = call.post(f"{AUTH}/signup", {"email": "ann@example.org"})
    assert (answer.status_code, pending(answer)) == (401, ["login_by_code"])
    assert people().count() == 1
    assert "ann@example.org" in mailoutbox[0].body


@pytest.mark.django_db(transaction=True)
def test_over_the_limit_of_texts_sign_up_is_429_and_leaves_no_user(call, settings, texts):
    settings.ACCOUNT_RATE_LIMITS = {"verify_phone": "1/m/ip"}
    assert call.post(f"{AUTH}/signup", {"phone": PHONE}).status_code == 401
    call.token = ""
    answer = call.post(f"{AUTH}/signup", {"phone": "+8613900139000"})
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "throttled", "60")
    assert list(people().values_list("phone", flat=True)) == [PHONE]
    assert len(texts()) == 1


def test_the_token_lives_for_ninety_days(call, code_by_phone):
    from importlib import import_module

    from django.conf import settings

    call.post(f"{AUTH}/signup", {"phone": PHONE})
    call.post(f"{AUTH}/phone/verify", {"code": code_by_phone()})
    session = import_module(settings.SESSION_ENGINE).SessionStore(call.token)
    assert session.get_expiry_age() == 90 * 86_400


@pytest.mark.parametrize("token", ["", "garbage"])
def test_without_a_live_token_the_api_answers_401(call, token):
    call.token = token
    answer = call.send("get", "/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("X-Session-Token")


def test_after_signing_out_the_token_is_dead(call, code_by_phone):
    call.post(f"{AUTH}/signup", {"phone": PHONE})
    call.post(f"{AUTH}/phone/verify", {"code": code_by_phone()})
    token = call.token
    assert call.send("delete", f"{AUTH}/session").status_code == 401
    call.token = token
    assert call.send("get", "/api/v1/me").status_code == 401


def test_partners_are_no_flow_of_signing_in(call):
    answer = call.send("get", f"{AUTH}/session")
    assert {flow["id"] for flow in answer.json()["data"]["flows"]} == {"login", "login_by_code", "signup"}
