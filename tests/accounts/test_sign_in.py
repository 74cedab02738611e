"""One door on the web: a phone number or an e-mail address, then a code."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import registration
from accounts.models import Citizen, User
from tests.accounts.conftest import PHONE, people

pytestmark = pytest.mark.django_db


def ask(client, login, page="account_login", **data):
    return client.post(reverse(page), {"login": login, **data})


def confirm(client, code, **data):
    return client.post(reverse("account_confirm_login_code"), {"code": code, **data})


@pytest.mark.parametrize("page", ["account_login", "account_signup"])
def test_a_stranger_gets_in_by_phone(client, code_by_phone, page):
    answer = ask(client, "138 0013 8000", page)
    assert answer.url == reverse("account_confirm_login_code")
    assert client.get(answer.url).status_code == 200
    assert confirm(client, code_by_phone()).url == reverse("home")
    user = people().get()
    assert (user.phone, user.phone_verified, user.has_usable_password()) == (PHONE, True, False)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_stranger_gets_in_by_mail_and_comes_back(client, code_by_mail, mailoutbox):
    ask(client, "Ann@Example.org")
    assert confirm(client, code_by_mail()).url == reverse("home")
    user = people().get()
    assert list(user.emailaddress_set.values_list("email", "verified", "primary")) == [("ann@example.org", True, True)]
    assert len(mailoutbox) == 1
    client.logout()
    ask(client, "ann@example.org")
    assert confirm(client, code_by_mail()).url == reverse("home")
    assert people().count() == 1


def test_the_page_asked_for_is_shown_after_the_code(client, code_by_phone):
    answer = ask(client, PHONE, next="/links/")
    assert confirm(client, code_by_phone(), next="/links/").url == "/links/"
    assert "next=%2Flinks%2F" in answer.url


def test_a_wrong_code_opens_nothing_and_the_third_ends_it(client, code_by_phone):
    ask(client, PHONE)
    wrong = "000000" if code_by_phone() != "000000" else "111111"
    assert confirm(client, wrong).status_code == 200
    assert confirm(client, wrong).status_code == 200
    assert confirm(client, wrong).status_code == 302
    assert confirm(client, code_by_phone()).url == reverse("account_request_login_code")
    assert "_auth_user_id" not in client.session


def test_a_new_code_can_be_sent(client, texts, code_by_phone):
    ask(client, PHONE)
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    assert len(texts()) == 2
    assert confirm(client, code_by_phone()).url == reverse("home")


@pytest.mark.parametrize("login", ["", "ann", "12800138000", "ann@", "+1"])
def test_what_is_no_address_is_refused(client, texts, mailoutbox, login):
    answer = ask(client, login)
    assert answer.status_code == 200
    assert answer.context["form"].errors["login"]
    assert not people().exists() and not texts() and not mailoutbox


def test_a_known_and_an_unknown_address_look_the_same(client, texts, code_by_phone):
    registration.open_user(phone=PHONE)
    known, unknown = ask(client, PHONE), ask(type(client)(), "139 0013 9000")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_too_many_codes_for_one_address_are_refused(client, texts):
    for _ in range(3):
        ask(type(client)(), PHONE)
    answer = ask(client, PHONE)
    assert answer.context["form"].errors["login"]
    assert len(texts()) == 3


def test_a_closed_user_does_not_get_in(client, code_by_mail):
    user = registration.open_user(email="ann@example.org")
    people().update(is_active=False)
    ask(client, "ann@example.org")
    assert confirm(client, code_by_mail()).url == reverse("account_inactive")
    assert "_auth_user_id" not in client.session
    assert people().get() == user


@pytest.mark.parametrize("login", ["staff@example.org", "138 0013 8000"])
def test_staff_get_in_with_a_password(client, login):
    User.objects.create_user(
        "staff", "staff@example.org", "a long password", phone=PHONE, phone_verified=True, is_staff=True
    )
    answer = ask(client, login, "account_login_password", password="a long password")
    assert answer.url == reverse("admin:index")


def test_bad_guesses_on_one_number_lock_nobody_else_out(client):
    User.objects.create_user(
        "staff", "staff@example.org", "a long password", phone=PHONE, phone_verified=True, is_staff=True
    )
    for _ in range(6):
        ask(type(client)(), "139 0013 9000", "account_login_password", password="guess")
    assert ask(client, PHONE, "account_login_password", password="a long password").status_code == 302
    for _ in range(6):
        ask(type(client)(), "138 0013 8000", "account_login_password", password="guess")
    answer = ask(type(client)(), PHONE, "account_login_password", password="a long password")
    assert answer.status_code == 200


def test_a_citizen_without_a_password_cannot_use_the_password_door(client):
    registration.open_user(phone=PHONE)
    assert ask(client, PHONE, "account_login_password", password="").status_code == 200
    assert ask(client, PHONE, "account_login_password", password="!").status_code == 200


def test_asking_for_a_code_opens_no_carbon_account_and_is_forgotten(client, code_by_phone):
    ask(client, PHONE)
    ask(type(client)(), "ann@example.org")
    assert people().count() == 2
    assert not Citizen.objects.exists()
    now = timezone.now()
    assert registration.forget_unconfirmed(now - timedelta(days=1)) == 0
    assert registration.forget_unconfirmed(now + timedelta(seconds=1)) == 2
    assert not people().exists()


def test_who_came_in_is_not_forgotten(client, code_by_phone, alice):
    ask(client, PHONE)
    confirm(client, code_by_phone())
    User.objects.create_user("staff", "staff@example.org", "a long password", is_staff=True)
    assert registration.forget_unconfirmed(timezone.now() + timedelta(seconds=1)) == 0


@pytest.mark.parametrize("page", ["socialaccount_connections", "socialaccount_signup", "openid_connect_login"])
def test_there_is_no_way_in_through_a_partner(page):
    from django.urls import NoReverseMatch

    with pytest.raises(NoReverseMatch):
        reverse(page)
