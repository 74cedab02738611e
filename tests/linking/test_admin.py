"""What the city's desk can see and do."""

import pytest
from django.urls import reverse

from accounts import consents
from accounts.linking import links
from accounts.linking.grants import Tokens
from accounts.linking.models import Link, Revocation
from accounts.models import Consent, ConsentText, Partner, User
from tests.linking.conftest import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = User.objects.create_user("desk", "desk@example.org", "a long password", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


@pytest.fixture
def bike():
    partner = Partner(code="desk-bike", kind="bike", name_zh="单车", name_en="Bike", client_id="city")
    partner.client_secret = "s3cret-of-the-city"
    partner.save()
    publish(partner, 1)
    return partner


def test_the_client_secret_is_written_and_never_shown(desk, bike):
    page = desk.get(reverse("admin:accounts_partner_change", args=[bike.pk]))
    assert "s3cret" not in page.content.decode()
    assert bike.client_secret_encrypted not in page.content.decode()
    form = {
        "name_zh": "单车",
        "name_en": "Bike",
        "kind": "bike",
        "active": "on",
        "client_id": "city",
        "scope": "openid",
    }
    address = reverse("admin:accounts_partner_change", args=[bike.pk])
    assert desk.post(address, {**form, "new_client_secret": ""}).status_code == 302
    assert Partner.objects.get(pk=bike.pk).client_secret == "s3cret-of-the-city"
    assert desk.post(address, {**form, "new_client_secret": "another"}).status_code == 302
    assert Partner.objects.get(pk=bike.pk).client_secret == "another"
    assert Partner.objects.get(pk=bike.pk).code == "desk-bike"


def test_a_reserved_code_is_refused(desk):
    form = {"code": "oidc", "name_zh": "单车", "name_en": "Bike", "kind": "bike", "scope": "openid"}
    assert desk.post(reverse("admin:accounts_partner_add"), form).status_code == 200
    assert not Partner.objects.filter(code="oidc").exists()


def test_a_consent_text_is_published_and_then_fixed(desk, bike):
    words = {f"{part}_{language}": "x" for part in ("reads", "purpose", "retention") for language in ("zh", "en")}
    answer = desk.post(reverse("admin:accounts_consenttext_add"), {"partner": bike.pk, "version": 2, **words})
    assert answer.status_code == 302
    text = ConsentText.objects.get(partner=bike, version=2)
    address = reverse("admin:accounts_consenttext_change", args=[text.pk])
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"partner": bike.pk, "version": 3, **words}).status_code == 403


def test_staff_end_a_link(desk, alice, bike):
    link = links.establish(alice, bike, "BIKE-1", consents.give(alice, bike, 1, "web"), Tokens("a", "r"))
    address = reverse("admin:linking_link_changelist")
    assert desk.get(address).status_code == 200
    desk.post(address, {"action": "end", "_selected_action": [str(link.pk)]})
    link.refresh_from_db()
    assert link.ended_by == "staff"
    assert Revocation.objects.count() == 2
    assert Consent.objects.filter(step="withdrawn", channel="staff").count() == 1


@pytest.mark.parametrize("model", ["consent", "citizen", "user", "district"])
def test_the_lists_of_people_open(desk, alice, bike, model):
    assert desk.get(reverse(f"admin:accounts_{model}_changelist")).status_code == 200


def test_links_and_revocations_are_read_only(desk, alice, bike):
    link = links.establish(alice, bike, "BIKE-1", consents.give(alice, bike, 1, "web"), Tokens("a", "r"))
    links.end(link, Link.End.CITIZEN, "web")
    revocation = Revocation.objects.first()
    for model, row in (("link", link), ("revocation", revocation)):
        address = reverse(f"admin:linking_{model}_change", args=[row.pk])
        page = desk.get(address)
        assert page.status_code == 200
        assert "encrypted" not in page.content.decode()
        assert desk.post(address, {}).status_code == 403
        assert desk.get(reverse(f"admin:linking_{model}_add")).status_code == 403


def test_a_staff_member_is_added_and_can_ask_for_a_code(desk, mailoutbox):
    form = {"email": "New@Example.org", "first_name": "", "last_name": ""}
    assert desk.post(reverse("admin:accounts_user_add"), form).status_code == 302
    user = User.objects.get(email="new@example.org")
    assert not user.has_usable_password()
    assert user.emailaddress_set.get().verified
    assert desk.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 200


def test_without_a_second_factor_staff_are_sent_to_set_one_up(desk, settings):
    settings.STAFF_SECOND_FACTOR = True
    assert desk.get("/admin/").url == reverse("mfa_index")
    assert desk.get(reverse("mfa_index")).status_code == 200


def test_the_tables_of_allauth_are_not_in_the_admin(desk):
    for model in ("socialapp", "socialaccount", "socialtoken"):
        assert desk.get(f"/admin/socialaccount/{model}/").status_code == 404
