"""The installable app: manifest and worker as documents, then in a real browser with and without a network."""

import json
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone, translation
from playwright.sync_api import expect

from dashboard import pwa
from rewards import redemption
from rewards.models import Merchant, Offer, Redemption
from rewards.templatetags.rewards import last_day
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


def test_the_offline_page_knows_nobody_and_tries_the_address_again_that_was_wanted(client, db):
    page = client.get("/offline/").text
    assert "/accounts/" not in page
    assert '<a class="button primary" href="">' in page


def test_a_new_offline_page_is_a_new_version(monkeypatch, tmp_path):
    before = pwa.version()
    page = tmp_path / "offline.html"
    page.write_text("another")
    monkeypatch.setattr(pwa, "OFFLINE", page)
    assert pwa.version() != before


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
def test_with_one_bar_of_signal_a_kept_voucher_shows_within_seconds(voucher, phone, live_server, monkeypatch):
    ready(phone, live_server.url)
    address = f"{live_server.url}/vouchers/{voucher.pk}/"
    phone.goto(address)
    expect(phone.locator("main .qr svg")).to_be_visible()
    answered = threading.Event()
    monkeypatch.setattr(redemption, "find", lambda *args, find=redemption.find: (answered.wait(20), find(*args))[1])
    started = time.monotonic()
    phone.goto(address)
    expect(phone.locator("main .qr svg")).to_be_visible()
    assert 2 < time.monotonic() - started < 6
    answered.set()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_offline_list_names_vouchers_that_can_be_used_and_changing_ones_are_not_kept(
    voucher, alice, phone, live_server, tea
):
    Offer.objects.filter(pk=tea.pk).update(rotating=True)
    changing = redemption.redeem(uuid4(), alice, tea.pk)[0]
    Offer.objects.filter(pk=tea.pk).update(rotating=False)
    used = redemption.redeem(uuid4(), alice, tea.pk)[0]
    ready(phone, live_server.url)
    phone.goto(f"{live_server.url}/vouchers/{voucher.pk}/")
    phone.goto(f"{live_server.url}/vouchers/{used.pk}/")
    Redemption.objects.filter(pk=used.pk).update(state=Redemption.State.CANCELLED, closed_at=timezone.now())
    phone.reload()
    Offer.objects.filter(pk=tea.pk).update(rotating=True)
    phone.goto(f"{live_server.url}/vouchers/{changing.pk}/")
    expect(phone.locator("main .qr svg")).to_be_visible()
    phone.context.set_offline(True)
    phone.goto(f"{live_server.url}/vouchers/{changing.pk}/")
    expect(phone.locator("h1")).to_have_text("没有网络")
    expect(phone.locator("[data-vouchers] a")).to_have_count(1)
    with translation.override("en"):
        day = last_day(voucher.expires_at)
    expect(phone.locator("[data-vouchers] a")).to_have_text(f"Tea valid until {day}", use_inner_text=True)
    phone.locator("[data-vouchers] a").click()
    expect(phone.locator("h1")).to_have_text("Tea")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_open_voucher_says_that_it_was_used_and_that_there_is_no_network(voucher, phone, live_server):
    phone.clock.install()
    phone.goto(f"{live_server.url}/vouchers/{voucher.pk}/")
    phone.wait_for_load_state()
    phone.context.set_offline(True)
    phone.clock.run_for(16_000)
    expect(phone.locator("#stale")).to_be_visible()
    expect(phone.locator("[data-failure]")).to_be_hidden()
    phone.context.set_offline(False)
    phone.clock.run_for(16_000)
    expect(phone.locator("#stale")).to_be_hidden()
    Redemption.objects.filter(pk=voucher.pk).update(state=Redemption.State.CONFIRMED, closed_at=timezone.now())
    phone.clock.run_for(16_000)
    expect(phone.locator("main .notice.success")).to_contain_text("Used on")


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
def tea(db):
    now = timezone.now()
    merchant = Merchant.objects.create(code="tea", name_zh="茶铺", name_en="Tea House")
    return Offer.objects.create(
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


@pytest.fixture
def voucher(alice, give_points, tea):
    give_points(alice.pk, 100)
    return redemption.redeem(uuid4(), alice, tea.pk)[0]


def test_the_offline_page_knows_nobody_even_when_it_is_opened_by_somebody(signed_in):
    page = signed_in.get("/offline/").text
    assert "/notices/" not in page and '<nav class="nav"' not in page
