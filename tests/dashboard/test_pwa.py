"""The installable app: manifest and worker as documents, then in a real browser with and without a network."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone
from playwright.sync_api import expect

from dashboard import pwa
from rewards import redemption
from rewards.models import Merchant, Offer
from tests.browsers import cookie_of


def test_the_manifest_speaks_the_reader_s_language(client, db):
    english = client.get("/manifest.webmanifest", headers={"accept-language": "en"})
    assert english["Content-Type"] == "application/manifest+json"
    document = json.loads(english.content)
    assert (document["lang"], document["start_url"], document["scope"]) == ("en", "/home/", "/")
    assert json.loads(client.get("/manifest.webmanifest").content)["short_name"] == "碳普惠"
    for icon in document["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/")), icon
    assert {icon["purpose"] for icon in document["icons"]} == {"any", "maskable"}


def test_the_worker_has_a_version_of_what_it_keeps(client, db, monkeypatch):
    worker = client.get("/sw.js")
    assert worker["Content-Type"] == "text/javascript"
    assert worker["Cache-Control"] == "no-cache"
    assert f"shell-{pwa.version()}" in worker.text
    before = pwa.version()
    monkeypatch.setattr(pwa, "_content", lambda path: path.encode())
    assert pwa.version() != before


def test_the_offline_page_reads_in_both_languages(client, db):
    page = client.get("/offline/").text
    assert "没有网络" in page and "You are offline" in page


@pytest.fixture
def phone(browser, live_server, client, alice):
    context = browser.new_context(locale="en", viewport={"width": 390, "height": 844})
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    return page


def ready(page, url):
    page.goto(f"{url}/me/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_a_network_opened_vouchers_open_and_signing_out_clears_them(voucher, phone, live_server):
    ready(phone, live_server.url)
    assert phone.complaints == []
    address = f"{live_server.url}/vouchers/{voucher.pk}/"
    phone.goto(address)
    phone.context.set_offline(True)
    phone.goto(address)
    expect(phone.locator("main .qr svg")).to_be_visible()
    phone.goto(f"{live_server.url}/home/")
    expect(phone.locator("h1")).to_have_text("没有网络")
    expect(phone.locator("[data-vouchers] a")).to_have_count(1)
    phone.context.set_offline(False)
    phone.goto(f"{live_server.url}/me/")
    phone.locator("form[action='/accounts/logout/'] button").click()
    phone.wait_for_url(f"{live_server.url}/")
    assert phone.evaluate("caches.has('vouchers')") is False
    phone.context.set_offline(True)
    phone.goto(address)
    expect(phone.locator("h1")).to_have_text("没有网络")
    phone.context.set_offline(False)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_new_version_is_offered_and_takes_over(phone, live_server, monkeypatch):
    ready(phone, live_server.url)
    old = phone.evaluate("caches.keys()")
    monkeypatch.setattr(pwa, "version", lambda: "newer")
    phone.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    phone.locator("[data-renewal] button").click()
    phone.wait_for_function("caches.keys().then((names) => names.join() === 'shell-newer')")
    assert old != ["shell-newer"]
    phone.wait_for_load_state("networkidle")


@pytest.fixture
def voucher(alice, give_points):
    give_points(alice.pk, 100)
    now = timezone.now()
    merchant = Merchant.objects.create(code="tea", name_zh="茶铺", name_en="Tea House")
    offer = Offer.objects.create(
        merchant=merchant,
        title_zh="茶",
        title_en="Tea",
        state=Offer.State.PUBLISHED,
        price_points=20,
        stock_total=5,
        stock_left=5,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=9),
    )
    return redemption.redeem(uuid4(), alice, offer.pk)[0]
