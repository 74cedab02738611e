"""The main job in a real browser: sign up, link at the partner, ride, redeem; nothing violates the CSP."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.linking.models import Link
from accounts.models import Partner, User
from config.clock import city_zone
from rewards.models import Member, Merchant, Offer, Redemption
from sandbox.loading import WEBHOOK_SECRET
from sandbox.server import process
from sandbox.webhooks import sign

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser):
    """A phone-sized page in Chinese; what the console complains about fails the test."""
    complaints: list[str] = []
    opened = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    opened.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert complaints == []


@pytest.fixture
def coffee(db) -> Offer:
    merchant = Merchant.objects.create(code="cafe", name_zh="街角咖啡", name_en="Corner Café")
    clerk = User.objects.create_user("clerk", "clerk@example.org", "a long clerk password")
    Member.objects.create(merchant=merchant, user=clerk, role=Member.Role.OWNER)
    now = timezone.now()
    return Offer.objects.create(
        merchant=merchant,
        title_zh="一杯美式",
        title_en="An Americano",
        price_points=5,
        stock_total=3,
        stock_left=3,
        state=Offer.State.PUBLISHED,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1),
    )


@pytest.fixture
def swift_bike(partner_server) -> Partner:
    """The bike-share partner, served by a process of its own."""
    partner = Partner.objects.get(code="swift-bike")
    partner.issuer_url = partner_server.issuer_url
    partner.client_secret = partner_server.clients["swift-bike"].client_secret
    partner.save()
    return partner


def the_code(mailbox: list) -> str:
    found = re.search(r"\b(\d{6})\b", mailbox[-1].body)
    assert found is not None
    return found[1]


def photograph(page: Page, name: str) -> None:
    """A picture for whoever looks, where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_from_sign_up_through_linking_to_a_coffee(page, live_server, swift_bike, coffee, work, mailoutbox):
    city = live_server.url

    # sign up by a code sent to an e-mail address
    page.goto(city)
    photograph(page, "1-welcome")
    page.goto(f"{city}/accounts/signup/")
    page.locator("form input:not([type=hidden])").last.fill("ann@example.org")
    page.locator("main button.primary").click()
    page.locator("input[name=code]").fill(the_code(mailoutbox))
    page.locator("main button.primary").click()
    page.locator("button[value=old-enough]").click()
    expect(page).to_have_url(f"{city}/home/")
    photograph(page, "2-home-empty")

    # link the bike-share account: our consent page, the partner's sign-in and consent, and back
    page.goto(f"{city}/links/")
    page.locator("a[href='/links/swift-bike/']").first.click()
    photograph(page, "3-consent")
    page.locator("button[name=yes]").click()
    page.locator("#id_login").fill("person1")
    page.locator("#id_password").fill(process.PASSWORD)
    page.locator("button.primary").click()
    photograph(page, "4-partner")
    page.locator("button[value=grant]").click()
    expect(page).to_have_url(re.compile(f"^{city}/links/"))
    photograph(page, "5-linked")
    link = Link.objects.get(ended_at=None)
    assert link.subject == "BIKE-000001"

    # the partner reports a ride of today by webhook
    Link.objects.update(reads_from=timezone.now() - timedelta(days=1))
    report_a_ride(city)
    work()
    page.goto(f"{city}/home/")
    photograph(page, "6-home")
    page.goto(f"{city}/history/")
    page.hover(".chart")
    expect(page.locator(".js-plotly-plot, .plot-container").first).to_be_attached(timeout=15_000)
    photograph(page, "7-history")
    page.locator("a[href^='/activities/']").first.click()
    expect(page.locator("main")).to_contain_text("84.7")
    photograph(page, "8-entry")

    # points for a coffee
    page.goto(f"{city}/rewards/{coffee.id}/")
    page.locator("main button.primary").click()
    expect(page.get_by_role("img", name=re.compile("二维码|QR"))).to_be_visible()
    photograph(page, "9-voucher")
    voucher = Redemption.objects.get()
    assert voucher.state == Redemption.State.RESERVED

    # the merchant, on a phone of their own
    till = page.context.browser.new_context(viewport={"width": 390, "height": 844}, locale="en").new_page()
    till.goto(f"{city}/accounts/login/password/?next=/merchant/v/{voucher.voucher_code}/")
    till.locator("input[name=login]").fill("clerk@example.org")
    till.locator("input[name=password]").fill("a long clerk password")
    till.locator("main button.primary").click()
    photograph(till, "10-till")
    till.locator("main button.primary").click()
    expect(till).to_have_url(f"{city}/merchant/done/{voucher.id}/")
    till.goto(f"{city}/merchant/statement/")
    expect(till.locator("main")).to_contain_text("An Americano")
    photograph(till, "11-statement")
    assert Redemption.objects.get().state == Redemption.State.CONFIRMED


def report_a_ride(city: str) -> None:
    start = timezone.now().astimezone(city_zone()) - timedelta(hours=1)
    row = {
        "order_no": "SB1",
        "user": "BIKE-000001",
        "unlocked_at": f"{start:%Y-%m-%d %H:%M:%S}",
        "locked_at": f"{start + timedelta(minutes=15):%Y-%m-%d %H:%M:%S}",
        "distance_km": "2.5",
        "status": "completed",
    }

    body = json.dumps({"type": "activities.reported", "data": [row]})
    headers = {"content-type": "application/json", **sign(WEBHOOK_SECRET, "w1", body)}
    answer = requests.post(f"{city}/hooks/swift-bike/", body.encode(), headers=headers, timeout=10)
    assert answer.status_code == 202
