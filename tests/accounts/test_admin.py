"""What the desk may do to people's sign-ins."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group as RightsGroup
from django.contrib.auth.models import Permission
from django.urls import NoReverseMatch, reverse

from accounts import registration
from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client):
    """Signed in, with every right over users but no superuser."""
    user = User.objects.create_user("clerk", email="clerk@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(user)
    return client


@pytest.fixture
def chief(client):
    client.force_login(User.objects.create_superuser("chief", "chief@example.org"))
    return client


@pytest.fixture
def sign_in(client, code_by_mail):
    """On a device of its own, by a code."""

    def enter(email):
        device = type(client)()
        device.post(reverse("account_login"), {"login": email})
        device.post(reverse("account_confirm_login_code"), {"code": code_by_mail()})
        assert "_auth_user_id" in device.session
        return device

    return enter


def page(user, name="change"):
    return reverse(f"admin:accounts_user_{name}", args=[user.pk])


def form(user, **changes):
    values = {"email": user.email, "phone": user.phone or "", "first_name": "", "last_name": "", "is_active": "on"}
    return values | changes


def test_rights_are_given_by_superusers_only(clerk, alice):
    user = alice.user
    gifts = {"is_staff": "on", "is_superuser": "on", "first_name": "Ann"}
    assert clerk.post(page(user), form(user, **gifts)).status_code == 302
    user.refresh_from_db()
    assert (user.first_name, user.is_staff, user.is_superuser) == ("Ann", False, False)


def test_a_superuser_gives_rights_and_the_person_signs_in_anew(chief, alice, sign_in):
    user, device = alice.user, sign_in("alice@example.org")
    chief.post(page(user), form(user, is_staff="on"))
    user.refresh_from_db()
    assert user.is_staff
    assert "_auth_user_id" not in device.session


@pytest.mark.parametrize("name", ["change", "password_change"])
def test_staff_are_touched_by_superusers_only(clerk, name):
    chief = User.objects.create_superuser("chief", "chief@example.org", "a long password")
    address = page(chief) if name == "change" else reverse("admin:auth_user_password_change", args=[chief.pk])
    assert clerk.post(address, form(chief, email="thief@example.org")).status_code == 403
    assert User.objects.get(pk=chief.pk).email == "chief@example.org"


def test_nobody_is_deleted_past_privacy(chief, alice):
    assert chief.post(page(alice.user, "delete"), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(alice.user.pk)], "post": "yes"}
    chief.post(reverse("admin:accounts_user_changelist"), chosen)
    assert User.objects.filter(pk=alice.user.pk).exists()


def test_another_address_moves_the_sign_in_and_ends_sessions(clerk, sign_in):
    device = sign_in("old@example.org")
    user = registration.find(email="old@example.org")
    clerk.post(page(user), form(user, email="New@example.org"))
    kept = EmailAddress.objects.filter(user=user).values_list("email", "primary", "verified")
    assert list(kept) == [("new@example.org", True, True)]
    assert registration.find(email="old@example.org") is None
    assert registration.find(email="new@example.org") == user
    assert "_auth_user_id" not in device.session


def test_an_address_that_somebody_has_is_refused(clerk, alice, bob):
    answer = clerk.post(page(alice.user), form(alice.user, email="BOB@example.org"))
    assert answer.context["adminform"].form.errors["email"]
    assert User.objects.get(pk=alice.user.pk).email == "alice@example.org"


def test_a_name_ends_no_session(clerk, alice, sign_in):
    device = sign_in("alice@example.org")
    clerk.post(page(alice.user), form(alice.user, first_name="Ann"))
    assert "_auth_user_id" in device.session


def test_staff_stay_signed_in_for_twelve_hours(client, settings):
    User.objects.create_superuser("chief", "chief@example.org", "a long password")
    client.post(reverse("account_login_password"), {"login": "chief@example.org", "password": "a long password"})
    assert "_auth_user_id" in client.session
    assert client.session.get_expiry_age() == 12 * 3600


def test_citizens_stay_signed_in_for_two_weeks(client, code_by_phone):
    client.post(reverse("account_login"), {"login": "13800138000"})
    client.post(reverse("account_confirm_login_code"), {"code": code_by_phone()})
    assert client.session.get_expiry_age() == 14 * 86_400


def test_groups_of_rights_are_changed_by_superusers_only(clerk):
    clerk_user = User.objects.get(username="clerk")
    clerk_user.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth"))
    group = RightsGroup.objects.create(name="desk")
    clerk_user.groups.add(group)
    everything = [str(one.pk) for one in Permission.objects.all()]
    answer = clerk.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x", "permissions": everything})
    assert answer.status_code == 403
    assert clerk.post(reverse("admin:auth_group_add"), {"name": "y", "permissions": everything}).status_code == 403
    assert list(RightsGroup.objects.filter(user=clerk_user).values_list("name", "permissions")) == [("desk", None)]


@pytest.mark.parametrize("model", ["account_emailaddress", "usersessions_usersession"])
def test_addresses_and_sessions_have_no_page_of_their_own(model):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{model}_changelist")


def test_a_lost_second_step_is_taken_off_by_superusers_only(client, chief, alice):
    step = Authenticator.objects.create(user=alice.user, type="totp", data={"secret": "sealed"})
    address = reverse("admin:mfa_authenticator_delete", args=[step.pk])
    assert "sealed" not in chief.get(reverse("admin:mfa_authenticator_change", args=[step.pk])).text
    other = type(client)()
    clerk = User.objects.create_user("clerk", email="clerk@example.org", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="mfa"))
    other.force_login(clerk)
    assert other.post(address, {"post": "yes"}).status_code == 403
    assert Authenticator.objects.filter(pk=step.pk).exists()
    assert chief.post(address, {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.filter(pk=step.pk).exists()


def test_another_number_ends_sessions_and_proves_no_address(clerk, client, code_by_phone):
    device = type(client)()
    device.post(reverse("account_login"), {"login": "13800138000"})
    device.post(reverse("account_confirm_login_code"), {"code": code_by_phone()})
    user = registration.find(phone="+8613800138000")
    EmailAddress.objects.create(user=user, email="hers@example.org", verified=False)
    clerk.post(page(user), form(user, phone="139 0013 9000"))
    assert User.objects.get(pk=user.pk).phone == "+8613900139000"
    assert "_auth_user_id" not in device.session
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [
        ("hers@example.org", False)
    ]
