"""Leaving the city for good, and being told by push, as somebody does it in a real browser."""

import base64
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from playwright.sync_api import expect

from accounts import privacy
from accounts.models import Citizen, Departure, User
from dashboard.notifications.models import Subscription
from tests.browsers import cookie_of
from tests.flow.test_browser import the_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ENDPOINT = "https://push.example/one"


@pytest.fixture
def phone(browser, live_server):
    return browser.new_context(viewport={"width": 390, "height": 844}, locale="en", base_url=live_server.url)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_an_account_is_erased_by_hand_after_a_change_of_mind(
    phone, live_server, client, alice, give_points, mailoutbox
):
    give_points(alice.id, 120)
    phone.add_cookies([cookie_of(client, live_server, alice.user)])
    page = phone.new_page()
    page.goto("/accounts/privacy/")
    page.get_by_role("link", name="Delete my account").click()
    expect(page.locator("main")).to_contain_text("120")
    sign_in_once_more(page, mailoutbox)
    press(page, "Delete my account")
    expect(page.locator("main")).to_contain_text("Your account will be deleted on")
    press(page, "Keep my account")
    expect(page.locator("body")).to_contain_text("Your account stays.")
    assert not Departure.objects.exists()

    page.get_by_role("link", name="Delete my account").click()
    press(page, "Delete my account")
    expect(page.get_by_role("button", name="Keep my account")).to_be_visible()
    Departure.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert privacy.erase_due() == 1
    page.goto("/home/")
    expect(page).to_have_url(f"{live_server.url}/accounts/login/?next=/home/")
    assert not User.objects.filter(email="alice@example.org").exists()
    assert Citizen.objects.get(pk=alice.pk).user is None


def test_a_device_asks_to_be_told_and_stops(phone, live_server, client, settings, alice):
    """The push service alone is played: its address and keys come from the page, all else is ours and real."""
    settings.VAPID_PUBLIC_KEY = settings.VAPID_PRIVATE_KEY = a_key()
    settings.PUSH_SERVICES = ["https://push.example"]
    phone.grant_permissions(["notifications"], origin=live_server.url)
    phone.add_cookies([cookie_of(client, live_server, alice.user)])
    phone.add_init_script(PLAYED % {"endpoint": ENDPOINT, "key": a_key()})
    page = phone.new_page()
    page.goto("/notices/settings/")
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.active.scriptURL)")
    for asked in ("Switch on", "Switch off"):
        with page.expect_response(f"{live_server.url}/notices/push/") as answer:
            press(page, asked)
        assert answer.value.status == 204
        assert Subscription.objects.filter(citizen_id=alice.pk).count() == (asked == "Switch on")
    expect(page.get_by_role("button", name="Switch on", exact=True)).to_be_visible()


def sign_in_once_more(page, mailbox) -> None:
    press(page, "Sign in once more")
    page.locator("main form input:not([type=hidden])").last.fill("alice@example.org")
    page.locator("main button.primary").click()
    page.locator("input[name=code]").fill(the_code(mailbox))
    page.locator("main button.primary").click()
    expect(page).to_have_title(re.compile("Delete my account"))


def a_key() -> str:
    """A point on P-256, as browsers and VAPID write it."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    content = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


PLAYED = """
let kept = null;
const played = {
  endpoint: "%(endpoint)s",
  toJSON: () => ({ endpoint: "%(endpoint)s", keys: { p256dh: "%(key)s", auth: "c2l4dGVlbiBieXRlcyBvaw" } }),
  unsubscribe: async () => { kept = null; return true; },
};
PushManager.prototype.getSubscription = async () => kept;
PushManager.prototype.subscribe = async () => {
  if (Notification.permission !== "granted") throw new Error("not allowed");
  return (kept = played);
};
"""
