"""Parts of pages by htmx: address, focus, the way back and what is heard stay right, and a failure has words."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browsers import cookie_of
from tests.dashboard.conftest import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser, live_server, client, alice, make_activity, total, metro):
    for number in range(25):
        make_activity(alice, TODAY - timedelta(days=number % 5), hour=number % 24)
        if number < 5:
            total(alice, TODAY - timedelta(days=number), 67_760, 7)
            total(alice, TODAY - timedelta(days=number), 100_000, 10, metro)
    context = browser.new_context(
        locale="en", viewport={"width": 390, "height": 844}, base_url=live_server.url, service_workers="block"
    )
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    page = context.new_page()
    page.loads = []
    page.on("load", lambda: page.loads.append(page.url))
    return page


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


def test_a_tab_changes_the_page_without_a_load_and_the_way_back_works(page, live_server):
    page.goto("/history/")
    page.locator("#by-month").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/history/?by=month")
    expect(page.locator("#by-month")).to_have_attribute("aria-current", "true")
    assert page.loads == [f"{live_server.url}/history/"]
    assert focused(page) == "by-month"
    expect(page.locator("[data-said]")).to_have_text("Dec 2025 – Nov 2026, 839 g")
    expect(page.locator("header input[name=next]")).to_have_value("/history/?by=month")
    page.hover(".chart")
    expect(page.locator(".chart .point path").first).to_be_attached(timeout=15_000)
    page.locator("#scenario-metro").click()
    page.wait_for_url("**/history/?by=month&scenario=metro")
    expect(page.locator("[data-said]")).to_contain_text("500 g")
    page.go_back()
    page.wait_for_url("**/history/?by=month")
    expect(page.locator("#scenario-all")).to_have_attribute("aria-current", "true")
    page.go_back()
    page.wait_for_url("**/history/")
    expect(page.locator("#by-day")).to_have_attribute("aria-current", "true")


def test_a_bar_is_opened_and_heard(page):
    page.goto("/history/")
    page.locator(".drawn a").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_have_text("Entries: 18 Nov, Wed")
    expect(page.locator("#entries a.list-item")).to_have_count(5)


def test_further_entries_take_the_focus(page):
    page.goto("/history/")
    page.locator(".more a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#entries a.list-item")).to_have_count(25)
    assert page.evaluate("[...document.querySelectorAll('#entries a.list-item')].indexOf(document.activeElement)") == 10
    expect(page.locator(".more")).to_have_text("These are all entries of this time.")


def test_a_day_of_the_calendar_opens_its_entries(page):
    page.goto("/history/?by=month")
    page.locator("#bar").fill(str(TODAY - timedelta(days=1)))
    page.locator("#show-day").click()
    page.wait_for_url("**/history/?by=day&bar=2026-11-17#entries")
    expect(page.locator("#entries a.list-item")).to_have_count(5)
    page.locator(".heat a[title^='18 Nov']").click()
    page.wait_for_url("**/history/?by=day&bar=2026-11-18#entries")
    expect(page.locator("#entries-title")).to_have_text("Entries: 18 Nov, Wed")


def test_a_failure_has_words_and_another_try(page):
    page.goto("/history/")
    page.context.set_offline(True)
    page.locator(".more a").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no connection.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#entries a.list-item")).to_have_count(25)
    expect(page.locator("[data-failure]")).to_be_hidden()
    page.route("**/history/?by=week", lambda route: route.fulfill(status=500, body="broken"))
    page.locator("#by-week").click()
    expect(page.get_by_role("alert")).to_contain_text("The fault is ours")
    expect(page.locator("#by-day")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("[data-failure]")).to_be_hidden()


def test_who_was_signed_out_meanwhile_comes_to_the_sign_in(page):
    page.goto("/history/")
    page.context.clear_cookies()
    page.locator("#by-week").click()
    page.wait_for_url("**/accounts/login/?next=/history/%3Fby%3Dweek")


def test_boards_and_offers_change_in_place(page, live_server):
    page.goto("/ranks/")
    page.locator("#measure-green_days").click()
    page.wait_for_url("**/ranks/?measure=green_days")
    assert focused(page) == "measure-green_days"
    page.goto("/rewards/")
    page.locator("#kind-tree").click()
    page.wait_for_url("**/rewards/?kind=tree")
    assert page.loads == [f"{live_server.url}/ranks/", f"{live_server.url}/rewards/"]


def test_a_file_that_is_not_whole_is_not_saved(page):
    page.goto("/history/")
    page.route("**/entries.csv**", lambda route: route.fulfill(status=500, body="<h1>broken</h1>"))
    saved = []
    page.on("download", lambda file: saved.append(file))
    page.locator("[data-export] a", has_text="CSV").click()
    expect(page.locator("[data-export-progress] [role=status]")).to_have_text(
        "The file did not come whole, so nothing was saved. Please try again.", use_inner_text=True
    )
    assert saved == []
    page.unroute("**/entries.csv**")
    with page.expect_download():
        page.locator("[data-export] a", has_text="CSV").click()
    expect(page.locator("[data-say=done]")).to_be_visible()
    expect(page.locator("[data-export-count]")).to_have_text("25 / 25")
