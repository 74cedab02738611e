"""What people come to each page for, done by hand in a real browser."""

import csv
import json
import re
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts import groups, privacy
from accounts.linking import links
from accounts.linking.models import Link
from accounts.models import Citizen, Group, User
from activities.models import Activity, Appeal
from activities.review import appeals
from config import clock
from dashboard.city import publication
from tests.browsers import cookie_of
from tests.dashboard.conftest import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_page(browser, live_server):
    """A phone in English in which somebody is signed in; complaints of console and scripts fail the test."""
    complaints: list[str] = []

    def open_page(user: User | None = None) -> Page:
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="en", base_url=live_server.url, service_workers="block"
        )
        if user:
            context.add_cookies([cookie_of(Client(), live_server, user)])
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    assert complaints == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_history_is_filtered_compared_and_taken_home(open_page, alice, make_activity, total):
    counted = [make_activity(alice, hour=hour) for hour in (8, 9)]
    refused = make_activity(alice, reason="overlap", hour=10)
    total(alice, TODAY, 135_520, 13)
    page = open_page(alice.user)
    page.goto("/history/")
    expect(page.locator("#entries a.list-item")).to_have_count(3)
    page.get_by_text("Filter the entries").click()
    page.get_by_label("Status").select_option("rejected")
    press(page, "Apply")
    expect(page.locator("#entries a.list-item")).to_have_count(1)
    expect(page.locator("#entries a.list-item")).to_have_attribute("href", f"/activities/{refused.pk}/")
    page.goto("/history/?compare=before")
    page.hover(".chart")
    expect(page.locator(".chart .point path").first).to_be_attached(timeout=15_000)
    with page.expect_download() as taken:
        page.locator("[data-export] a", has_text="CSV").click()
    rows = list(csv.DictReader(Path(taken.value.path()).read_text("utf-8-sig").splitlines()))
    assert len(rows) == 3
    assert {row["id"] for row in rows} == {str(one.pk) for one in [*counted, refused]}


def test_a_name_a_place_among_others_a_goal_and_a_look(open_page, alice):
    page = open_page(alice.user)
    page.goto("/me/")
    page.locator("[name=nickname]").fill("heron")
    page.locator("[name=ranked]").check()
    press(page, "Save")
    page.locator("[name=weekly_goal_kg]").fill("3")
    press(page, "Save my goal")
    alice.refresh_from_db()
    assert (alice.nickname, alice.ranked, alice.weekly_goal_mg) == ("heron", True, 3_000_000)
    plain_px = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    page.get_by_label("Dark", exact=True).check()
    page.get_by_label("Large", exact=True).check()
    press(page, "Use this display")
    page.wait_for_load_state()
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > plain_px
    red = page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
    assert red < 64
    page.get_by_role("banner").get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh", re.I))
    expect(page.get_by_role("banner").get_by_role("button", name="English")).to_be_visible()


def test_a_link_is_ended_and_stays_ended(open_page, alice, feed):
    links.open_many(feed.partner, [(alice, "rider-1")], reads_from=clock.day_start(TODAY))
    page = open_page(alice.user)
    page.goto("/links/")
    page.get_by_role("link", name=re.compile("^Disconnect")).click()
    page.locator("main form button").first.click()
    page.wait_for_url("**/links/**")
    assert Link.objects.get().ended_at is not None
    page.goto("/links/")
    expect(page.get_by_role("link", name=re.compile("^Disconnect"))).to_have_count(0)


def test_an_appeal_is_filed_and_its_outcome_read(open_page, alice, make_activity):
    entry = make_activity(alice, reason="overlap")
    page = open_page(alice.user)
    page.goto(f"/activities/{entry.pk}/")
    page.locator("summary", has_text="Appeal").click()
    page.locator("[name=appeal]").fill("I rode one bike and pushed the other.")
    press(page, "Send the appeal")
    expect(page.locator("main")).to_contain_text("I rode one bike and pushed the other.")
    expect(page.locator("[name=appeal]")).to_have_count(0)
    reviewer = User.objects.create_superuser("reviewer", "reviewer@example.org")
    appeals.answer(Appeal.objects.get().pk, Activity.Status.REJECTED, "Two trips at one time.", reviewer)
    page.reload()
    expect(page.locator("main")).to_contain_text("Decision on your appeal")
    expect(page.locator("main")).to_contain_text("Two trips at one time.")


def test_a_friend_comes_in_by_the_link_that_was_sent(open_page, alice, bob):
    Citizen.objects.filter(pk=alice.pk).update(nickname="heron")
    Citizen.objects.filter(pk=bob.pk).update(nickname="crow")
    alice.refresh_from_db()
    group = groups.found(alice, Group.Kind.FRIENDS, "Lake walkers").group
    page = open_page(alice.user)
    page.goto(f"/groups/{group.pk}/")
    press(page, "Make a link")
    address = page.locator("#fresh").input_value()
    friend = open_page(bob.user)
    friend.goto(address)
    press(friend, "Join as crow")
    friend.goto(f"/groups/{group.pk}/")
    expect(friend.locator("main")).to_contain_text("heron")
    page.goto(f"/groups/{group.pk}/")
    expect(page.locator("main")).to_contain_text("crow")


def test_a_copy_of_the_data_is_made_and_opened_by_its_owner_only(open_page, alice, bob):
    page = open_page(alice.user)
    page.goto("/accounts/privacy/")
    press(page, "Make a copy")
    expect(page.locator("progress")).to_be_visible()
    privacy.make_export(alice.exports.get().pk)
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=10_000)  # the page asks by itself
    with page.expect_download() as taken:
        link.click()
    assert Path(taken.value.path()).read_bytes()[:2] == b"PK"
    stranger = open_page(bob.user)
    assert stranger.request.get(link.get_attribute("href")).status == 404


def test_the_city_s_figures_are_downloaded_without_an_account(open_page, make_citizen, total):
    for _number in range(12):
        total(make_citizen(), TODAY.replace(month=10), 600_000, 60)
    publication.publish_due(TODAY)
    page = open_page()
    page.goto("/city/")
    with page.expect_download() as taken:
        page.get_by_role("link", name="JSON").click()
    assert json.loads(Path(taken.value.path()).read_text())


def test_what_i_am_told_is_kept(open_page, alice):
    page = open_page(alice.user)
    page.goto("/notices/settings/")
    switch = page.locator("main form [type=checkbox]").first
    before = switch.is_checked()
    switch.click()
    page.locator("main form button.primary").click()
    page.goto("/notices/settings/")
    assert page.locator("main form [type=checkbox]").first.is_checked() is not before
