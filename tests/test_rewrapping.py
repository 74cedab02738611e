"""A key is retired: everything is read by the newer one alone, and nothing is written twice."""

import io

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Partner
from config import rewrapping, secrecy
from dashboard.notifications.models import Subscription
from rewards.models import PaymentFile

pytestmark = pytest.mark.django_db
OLD, NEW = (Fernet.generate_key().decode() for _key in range(2))


@pytest.fixture
def kept(settings, alice):
    """What the old key encrypted, beside what the migrations brought."""
    settings.FIELD_KEYS = [OLD, *settings.FIELD_KEYS]
    call_command("rewrap", stdout=io.StringIO())
    partner = Partner.objects.earliest("pk")
    partner.client_secret = "s3cret"
    partner.save()
    data = {"secret": secrecy.encrypt("JBSWY3DP"), "used_mask": 3}
    factor = Authenticator.objects.create(user=alice.user, type=Authenticator.Type.TOTP, data=data)
    for number in range(3):
        one = Subscription(citizen_id=alice.pk, endpoint_digest=bytes([number]) * 16)
        one.content = f"browser {number}"
        one.save()
    settings.FIELD_KEYS = [NEW, OLD]
    return partner, factor


def run() -> dict[str, int]:
    out = io.StringIO()
    call_command("rewrap", stdout=out)
    counts = {line.split()[0]: int(line.split()[1]) for line in out.getvalue().splitlines()}
    return {table: count for table, count in counts.items() if count}


def test_an_old_key_can_be_taken_away(kept, settings, monkeypatch):
    monkeypatch.setattr(rewrapping, "BATCH_ROWS", 2)
    counts = run()
    assert (counts["mfa_authenticator"], counts["notifications_subscription"]) == (1, 3)
    assert counts["accounts_partner"] == Partner.objects.exclude(client_secret_encrypted="").count()
    assert run() == {}
    settings.FIELD_KEYS = [NEW]
    partner, factor = kept
    assert Partner.objects.get(pk=partner.pk).client_secret == "s3cret"
    data = Authenticator.objects.get(pk=factor.pk).data
    assert (secrecy.decrypt(data["secret"]), data["used_mask"]) == ("JBSWY3DP", 3)
    assert [one.content for one in Subscription.objects.order_by("endpoint_digest")] == [
        "browser 0",
        "browser 1",
        "browser 2",
    ]


def test_it_goes_on_where_it_died(kept, monkeypatch):
    renew, calls = secrecy.renew, []

    def die_at_the_third(text):
        calls.append(text)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return renew(text)

    monkeypatch.setattr(rewrapping, "BATCH_ROWS", 2)
    monkeypatch.setattr(secrecy, "renew", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        rewrapping.rewrap(Subscription, [Subscription._meta.get_field("content_encrypted")])
    monkeypatch.setattr(secrecy, "renew", renew)
    assert run()["notifications_subscription"] == 1


def test_what_is_append_only_is_written_anew_and_stays_append_only(kept, settings):
    file = PaymentFile(by="desk", created_at=timezone.now())
    settings.FIELD_KEYS = [OLD]
    file.xml = file.csv = "<Document/>"
    file.save()
    settings.FIELD_KEYS = [NEW, OLD]
    assert run()["rewards_paymentfile"] == 1
    settings.FIELD_KEYS = [NEW]
    assert PaymentFile.objects.get().xml == "<Document/>"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        PaymentFile.objects.update(xml_encrypted="x")


def test_what_no_key_opens_is_said_and_kept(kept, settings):
    settings.FIELD_KEYS = [NEW]
    before = list(Subscription.objects.values_list("content_encrypted"))
    with pytest.raises(CommandError, match="holds what none of FIELD_KEYS opens"):
        run()
    assert list(Subscription.objects.values_list("content_encrypted")) == before


def test_every_encrypted_text_is_found():
    """A column is found by its name, so no model keeps an encrypted text under another one."""
    named = {(model, field.name) for model, fields in rewrapping.columns() for field in fields}
    encrypted = {
        (model, value.column)
        for model in apps.get_models()
        for value in vars(model).values()
        if isinstance(value, secrecy.Encrypted)
    }
    assert encrypted <= named
    assert len(encrypted) > 10
