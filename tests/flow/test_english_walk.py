"""A newcomer with an English phone does everything once: sign up, link, ride, read, join, redeem."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.linking.models import Link
from accounts.models import Citizen, Group
from config import clock
from dashboard.models import Challenge
from rewards.models import Redemption
from sandbox.server import process
from tests.flow.test_browser import coffee, photograph, report_a_ride, swift_bike, the_code  # noqa: F401  fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMES = re.compile("中文|简体|繁體")


@pytest.fixture
def phones(browser, live_server):
    """Phones in English; what the console complains about fails the test."""
    complaints: list[str] = []

    def phone() -> Page:
        size = {"width": 390, "height": 844}
        page = browser.new_context(viewport=size, locale="en", base_url=live_server.url).new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield phone
    assert complaints == []


def look(page: Page, name: str) -> None:
    """What every page must be on a phone: English alone, and no wider than the phone."""
    photograph(page, f"en-{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert CHINESE.search(NAMES.sub("", page.locator("main").inner_text())) is None, name


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_newcomer_walks_through_in_english(phones, live_server, swift_bike, coffee, work, mailoutbox):  # noqa: F811
    page = phones()
    page.goto("/")
    look(page, "welcome")
    sign_up(page, mailoutbox)
    link_the_bike(page)
    Link.objects.update(reads_from=timezone.now() - timedelta(days=1))
    report_a_ride(live_server.url)
    work()
    page.goto("/home/")
    look(page, "home")
    page.goto("/history/")
    look(page, "history")
    page.locator("a[href^='/activities/']").first.click()
    expect(page.locator("main")).to_contain_text("84.7")
    look(page, "entry")
    join_in(page)
    page.goto("/rewards/")
    look(page, "rewards")
    page.goto(f"/rewards/{coffee.id}/")
    look(page, "offer")
    page.locator("main button.primary").click()
    expect(page.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    look(page, "voucher")
    confirm_at_the_till(phones(), Redemption.objects.get())
    page.reload()
    look(page, "voucher-used")


def sign_up(page: Page, mailbox: list) -> None:
    page.goto("/accounts/signup/")
    page.locator("form input:not([type=hidden])").last.fill("ann@example.org")
    page.locator("main button.primary").click()
    look(page, "code")
    page.locator("input[name=code]").fill(the_code(mailbox))
    page.locator("main button.primary").click()
    expect(page).to_have_title(re.compile("Open my carbon account"))
    look(page, "age")
    press(page, "Yes, open my account")
    expect(page).to_have_url(re.compile("/home/$"))
    look(page, "home-empty")


def link_the_bike(page: Page) -> None:
    page.goto("/links/")
    look(page, "links")
    page.locator("a[href='/links/swift-bike/']").first.click()
    look(page, "consent")
    page.locator("button[name=yes]").click()
    page.locator("#id_login").fill("person1")
    page.locator("#id_password").fill(process.PASSWORD)
    look(page, "partner")
    page.locator("button.primary").click()
    page.locator("button[value=grant]").click()
    expect(page).to_have_url(re.compile("/links/"))
    look(page, "linked")


def join_in(page: Page) -> None:
    """A name and a place in the ranks, a group, and a challenge for it."""
    page.goto("/me/")
    page.locator("[name=nickname]").fill("heron")
    page.locator("[name=ranked]").check()
    press(page, "Save")
    look(page, "me")
    page.goto("/ranks/")
    look(page, "ranks")
    page.goto("/groups/")
    page.locator("main [name=name]").fill("Lake walkers")
    press(page, "Start it")
    look(page, "group")
    page.goto("/challenges/")
    page.locator("main [name=name]").fill("Green lake")
    today = clock.city_today()  # not the day of UTC, which ends later
    for field, value in (("starts_on", today), ("ends_on", today + timedelta(days=9))):
        page.locator(f"main [name={field}]").fill(value.isoformat())
    page.locator("main [name=goal_kg]").fill("5")
    press(page, "Start it")
    look(page, "challenge")
    assert Citizen.objects.get().ranked
    assert (Group.objects.get().name, Challenge.objects.get().name) == ("Lake walkers", "Green lake")


def confirm_at_the_till(till: Page, voucher: Redemption) -> None:
    till.goto(f"/accounts/login/password/?next=/merchant/v/{voucher.voucher_code}/")
    till.locator("input[name=login]").fill("clerk@example.org")
    till.locator("input[name=password]").fill("a long clerk password")
    till.locator("main button.primary").click()
    look(till, "till")
    till.locator("main button.primary").click()
    expect(till).to_have_url(re.compile(f"/merchant/done/{voucher.id}/$"))
    look(till, "till-done")
    assert Redemption.objects.get().state == Redemption.State.CONFIRMED
