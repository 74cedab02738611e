"""The history in a real browser: the chart draws under the policy, entries load, all of it reads without scripts."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browsers import cookie_of
from tests.dashboard.conftest import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_history(browser, live_server, client, alice, make_activity, total):
    """Opens Alice's history of 25 rides; what the browser complains of is collected in `page.complaints`."""
    for number in range(25):
        make_activity(alice, TODAY - timedelta(days=number % 5), hour=number % 24)
        if number < 5:
            total(alice, TODAY - timedelta(days=number), 67_760, 7)

    def open_page(**options):
        context = browser.new_context(locale="en", **options)
        context.add_cookies([cookie_of(client, live_server, alice.user)])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{live_server.url}/history/")
        return page

    return open_page


def test_the_chart_draws_and_entries_load_without_breaking_the_policy(open_history):
    page = open_history()
    assert page.locator(".drawn a").count() == 5
    assert not page.evaluate("Boolean(window.Plotly)")
    page.hover(".chart")
    page.wait_for_selector(".chart .point path", state="attached")
    assert page.locator(".drawn").count() == 0
    assert page.locator(".chart .point path").count() == 14
    page.locator(".chart").scroll_into_view_if_needed()
    box = page.locator(".chart .point path").last.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.wait_for_selector(".hovertext", state="attached")
    assert page.locator("a.list-item").count() == 10
    page.click(".more .button")
    page.wait_for_selector(".more .button", state="detached")
    assert page.locator("a.list-item").count() == 25
    assert page.complaints == []


def test_history_reads_without_scripts(open_history):
    page = open_history(java_script_enabled=False)
    assert page.locator("noscript .table").is_visible()
    assert page.locator(".drawn .part").count() == 5
    assert page.locator(".drawn .part").first.is_visible()
    page.click(".more .button")
    assert page.locator("a.list-item").count() == 15
    page.go_back()
    page.locator(".drawn a").last.click()
    assert page.url.endswith(f"?by=day&bar={TODAY}#entries")
    assert page.locator("a.list-item").count() == 5


def test_a_bar_of_the_drawing_shows_its_entries_by_keyboard_and_stays_where_it_is(open_history):
    page = open_history()
    page.locator(".drawn a").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/history/?bar={TODAY}")
    expect(page.locator("a.list-item")).to_have_count(5)
    assert page.locator(".drawn").count() == 1
    assert page.complaints == []
