"""The till in a real browser: camera, typed codes, books, and what happens without a connection."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from config import clock
from ledger import statements
from ledger.models import Chart
from rewards import closing, redemption, signing
from rewards.models import Contract, Dispute, Member, Redemption
from tests.rewards.till import film, phone

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def state(made: Redemption) -> str:
    return Redemption.objects.get(id=made.id).state


def keep(page: Page, url: str) -> None:
    """Open the till and wait until the device keeps it."""
    page.goto(f"{url}/merchant/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _try in range(200):
        if page.evaluate("caches.match('/merchant/offline/').then(Boolean)"):
            return
        page.wait_for_timeout(100)
    pytest.fail("the till was not kept")


def test_the_camera_reads_a_voucher_and_it_is_confirmed_once(
    browser, client, live_server, voucher, owner, cafe, tmp_path
):
    seen = film(redemption.qr_content(voucher), tmp_path / "seen.y4m")
    with phone(browser, client, live_server, owner.user, seen) as page:
        for answer in ["Hand it over, then confirm.", "This voucher was used before."]:
            page.goto(f"{live_server.url}/merchant/")
            page.get_by_role("button", name="Scan a voucher").click()
            page.wait_for_url(f"**/merchant/v/{voucher.voucher_code}/")
            expect(page.locator("main")).to_contain_text(answer)
            if answer.startswith("Hand"):
                page.get_by_role("button", name="Confirm", exact=True).click()
                page.wait_for_url("**/merchant/done/**")
        assert page.get_by_role("button", name="Confirm", exact=True).count() == 0
    assert state(voucher) == "confirmed"
    assert statements.balance(cafe.id, Chart.MERCHANT) == 10


def test_the_camera_reads_changing_digits_too(browser, client, live_server, rich, make_offer, owner, tmp_path):
    made, _new = redemption.redeem(uuid4(), rich, make_offer(rotating=True).id)
    seen = film(redemption.qr_content(made), tmp_path / "seen.y4m")
    with phone(browser, client, live_server, owner.user, seen) as page:
        page.goto(f"{live_server.url}/merchant/")
        page.get_by_role("button", name="Scan a voucher").click()
        page.wait_for_url(f"**/merchant/v/{made.voucher_code}/**")
        expect(page.locator("#digits")).to_have_value(re.compile(r"^\d{6}$"))
        page.get_by_role("button", name="Confirm", exact=True).click()
        page.wait_for_url("**/merchant/done/**")
    assert state(made) == "confirmed"


def test_a_day_at_the_till_typed_refunded_settled_questioned(
    browser, client, live_server, voucher, rich, owner, cafe, coffee
):
    second, _new = redemption.redeem(uuid4(), rich, coffee.id)
    with phone(browser, client, live_server, owner.user) as page:
        for made in (voucher, second):
            page.goto(f"{live_server.url}/merchant/")
            page.get_by_label("Voucher code").fill(made.voucher_code.lower())
            page.get_by_role("button", name="Look up").click()
            page.get_by_role("button", name="Confirm", exact=True).click()
            page.get_by_role("link", name="Next voucher").click()
        expect(page.locator("main")).to_contain_text("Confirmed today")
        page.locator("a.list-item").first.click()
        page.get_by_text("Refund it").click()
        page.get_by_label("Why?").fill("cold")
        page.get_by_role("button", name="Refund", exact=True).click()
        expect(page.locator("main")).to_contain_text("Refunded: 10 points went back.")
        assert (state(voucher), state(second)) == ("confirmed", "refunded")

        page.get_by_role("link", name="Statement").click()
        expect(page.locator("main")).to_contain_text("Checked: the points ledger paid exactly these points.")
        Redemption.objects.update(closed_at=clock.day_start(clock.city_today()) - timedelta(hours=2))
        contract = Contract(merchant=cafe, valid_from="2026-01-01", fee_bp=200, account_name="街角咖啡", bank_code="1")
        contract.account_number = "6222000000001234"
        contract.save()
        closing.close(cafe, clock.city_today() - timedelta(days=1))
        page.reload()
        page.get_by_role("link", name=re.compile("30.38")).click()  # two at 15.50 less 2 %; the refund came later
        page.get_by_text("Something is wrong").first.click()
        page.get_by_label("What is wrong?").first.fill("it was two")
        page.get_by_role("button", name="Tell the city").first.click()
        expect(page.locator("main")).to_contain_text("open: it was two")
    assert Dispute.objects.get().reason == "it was two"


def test_offline_it_opens_verifies_queues_and_sends_once(
    browser, client, live_server, voucher, rich, coffee, owner, tmp_path
):
    forged = redemption.qr_content(voucher)[:-6] + "AAAAAA"
    seen = film(redemption.qr_content(voucher), tmp_path / "seen.y4m")
    with phone(browser, client, live_server, owner.user, seen) as page:
        keep(page, live_server.url)
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#offline")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("Confirmed today")
        scan = page.get_by_role("button", name="Scan a voucher")
        scan.click()
        expect(page.locator("#scans li").first).to_contain_text("Genuine. Kept here")
        expect(page.locator("#scans li").first).to_contain_text("An Americano")
        scan.click()
        expect(page.locator("#scans li").first).to_contain_text("Scanned on this device before")
        page.goto(f"{live_server.url}/merchant/statement/")  # nothing but the till is kept
        expect(page.get_by_role("button", name="Scan a voucher")).to_be_visible()
        for typed, said in [
            (forged, "Not issued by the city"),
            ("7K2M9QXD40TB", "A typed code cannot be checked without a connection"),
            (redemption.qr_content(voucher), "Scanned on this device before"),
        ]:
            page.get_by_label("Voucher code").fill(typed)
            page.get_by_role("button", name="Look up").click()
            expect(page.locator("#scans li").first).to_contain_text(said)
        assert state(voucher) == "reserved"

        page.context.set_offline(False)
        expect(page.locator("#scans li").first).to_contain_text("An Americano: Confirmed", timeout=15_000)
        assert state(voucher) == "confirmed"
        kept = page.evaluate("JSON.stringify({...localStorage})")
        assert signing.sign(voucher) not in kept
        assert voucher.voucher_code not in kept
        keep(page, live_server.url)
        page.context.set_offline(True)
        scan.click()  # now the server has told that it is used
        expect(page.locator("#scans li").first).to_contain_text("Used or returned before")
    assert Redemption.objects.get(id=voucher.id).confirmed_offline


def test_of_two_devices_of_one_sign_in_that_took_a_voucher_offline_one_is_told_that_it_is_used(
    browser, client, live_server, voucher, owner
):
    with (
        phone(browser, client, live_server, owner.user) as one,
        phone(browser, client, live_server, owner.user) as other,
    ):
        for page in (one, other):
            keep(page, live_server.url)
            page.context.set_offline(True)
            page.get_by_label("Voucher code").fill(redemption.qr_content(voucher))
            page.get_by_role("button", name="Look up").click()
            expect(page.locator("#scans li").first).to_contain_text("Genuine")
        one.context.set_offline(False)
        expect(one.locator("#scans li").first).to_contain_text("An Americano: Confirmed")
        other.context.set_offline(False)
        expect(other.locator("#scans li").first).to_contain_text("This voucher was used before.")
    assert state(voucher) == "confirmed"
    assert statements.balance(voucher.merchant_id, Chart.MERCHANT) == 10


def test_a_long_queue_is_sent_in_parts(browser, client, live_server, voucher, owner):
    with phone(browser, client, live_server, owner.user) as page:
        keep(page, live_server.url)
        page.context.set_offline(True)
        scans = [{"token": f"a.b.{number}", "scanned_at": "2026-11-22T08:00:00Z"} for number in range(249)]
        scans.append({"token": signing.sign(voucher), "scanned_at": "2026-11-22T08:00:00Z"})
        page.evaluate("([name, scans]) => localStorage.setItem(name, JSON.stringify(scans))",
                      [f"scans-{owner.merchant_id}", scans])  # fmt: skip
        page.context.set_offline(False)
        expect(page.locator("#scans li").first).to_contain_text("An Americano: Confirmed")
        assert page.locator("#scans li").count() == 250
        assert page.evaluate("name => localStorage.getItem(name)", f"scans-{owner.merchant_id}") == "[]"
    assert state(voucher) == "confirmed"


def test_who_signed_out_loses_no_scan_and_a_signed_out_device_keeps_no_page(
    browser, client, live_server, voucher, owner, tmp_path
):
    with phone(browser, client, live_server, owner.user) as page:
        keep(page, live_server.url)
        page.context.set_offline(True)
        page.get_by_label("Voucher code").fill(redemption.qr_content(voucher))
        page.get_by_role("button", name="Look up").click()
        expect(page.locator("#scans li").first).to_contain_text("Genuine")
        client.logout()
        page.context.set_offline(False)
        expect(page.locator("#signed-out")).to_be_visible()
        assert state(voucher) == "reserved"
        page.goto(f"{live_server.url}/merchant/")
        assert "/accounts/login/" in page.url
        assert page.evaluate("caches.has('till')") is False
        client.force_login(owner.user)
        cookie = client.cookies["tanpuhui_session"].value
        page.context.add_cookies([{"name": "tanpuhui_session", "value": cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}/merchant/")
        expect(page.locator("#scans li").first).to_contain_text("Confirmed")
    assert state(voucher) == "confirmed"


def test_a_cashier_sees_the_till_only(browser, client, live_server, clerk):
    with phone(browser, client, live_server, clerk.user, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{live_server.url}/merchant/")
        assert page.get_by_role("link", name="Statement").count() == 0
        assert Member.objects.get().role == "cashier"
