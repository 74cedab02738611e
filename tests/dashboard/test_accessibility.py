"""WCAG 2.2 AA: axe finds nothing on any page in either language and theme; everything is reached by keyboard."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from accounts.linking import links
from accounts.models import Citizen
from config import clock
from dashboard.city import publication
from tests.browsers import cookie_of
from tests.dashboard.conftest import TODAY, tally

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""What the theme can break."""

PUBLIC = [
    "/",
    "/city/",
    "/display/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/password/",
    "/offline/",
    "/nowhere/",
]
OWN = [
    "/home/",
    "/history/?compare=before",
    "/links/",
    "/rewards/",
    "/vouchers/",
    "/ranks/",
    "/me/",
    "/groups/",
    "/notices/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/privacy/",
    "/accounts/phone/change/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/accounts/logout/",
]


@pytest.fixture
def lived_in(alice, make_activity, total, metro, feed, make_citizen):
    """Alice's account with entries of all kinds, a goal and a link; a city with a published month."""
    links.open_many(feed.partner, [(alice, "rider-1")], reads_from=clock.day_start(TODAY))
    for number in range(6):
        total(alice, TODAY - timedelta(days=number), 600_000, 60, metro if number % 2 else None)
    for _number in range(12):
        total(make_citizen(), TODAY - timedelta(days=40), 600_000, 60)
    publication.publish_due(TODAY)
    tally(alice.pk, 3_600_000, 360)
    Citizen.objects.filter(pk=alice.pk).update(weekly_goal_mg=5_000_000)
    entries = [make_activity(alice), make_activity(alice, reason="overlap", hour=7)]
    return [f"/activities/{activity.pk}/" for activity in entries]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_axe_finds_nothing(browser, live_server, client, alice, lived_in, language):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, bypass_csp=True, service_workers="block", reduced_motion="reduce"
    )
    context.add_cookies([{"name": "tanpuhui_language", "value": language, "url": live_server.url}])
    page, found = context.new_page(), []
    for path in [*PUBLIC, None, *OWN, *lived_in]:
        if path is None:
            context.add_cookies([cookie_of(client, live_server, alice.user)])
            continue
        page.emulate_media(color_scheme="light")
        page.goto(live_server.url + path)
        found += complaints(page, path, {"runOnly": STANDARDS})
        page.emulate_media(color_scheme="dark")
        page.reload()
        found += complaints(page, f"{path} (dark)", {"runOnly": {"type": "rule", "values": COLOURS}})
    assert found == []


def complaints(page, path, options):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    result = page.evaluate("options => axe.run(options)", options)
    return [
        f"{path}: {violation['id']}: {node['target']}: {node['html'][:120]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "429.html", "500.html"])
def test_axe_finds_nothing_on_the_pages_of_failures(browser, live_server, template):
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True, service_workers="block")
    page = context.new_page()
    request = RequestFactory().get("/", headers={"accept-language": "zh-hans"})
    request.user = AnonymousUser()
    with translation.override("zh-hans"):
        body = render_to_string(template, request=None if template in {"400.html", "500.html"} else request)
    page.route("**/failure/", lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
    page.goto(f"{live_server.url}/failure/")
    assert complaints(page, template, {"runOnly": STANDARDS}) == []


def test_the_keyboard_skips_to_the_content_and_reaches_every_control(browser, live_server, client, alice, lived_in):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en")
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    page = context.new_page()
    page.goto(live_server.url + "/home/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.goto(live_server.url + "/home/")
    wanted = page.locator("a[href], button, summary, input:not([type=hidden]), select").count()
    reached = set()
    for _number in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or page.evaluate("document.activeElement === document.body")
    assert len(reached) >= wanted


def test_large_type_and_a_narrow_screen_do_not_scroll_sideways(browser, live_server, client, alice, lived_in):
    context = browser.new_context(viewport={"width": 360, "height": 780})
    context.add_cookies(
        [
            cookie_of(client, live_server, alice.user),
            {"name": "tanpuhui_display", "value": "system.large.auto", "url": live_server.url},
        ]
    )
    page = context.new_page()
    for path in ["/home/", "/history/", "/links/", "/me/", "/city/", lived_in[0]]:
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_tapped_bar_shows_its_entries_and_without_scripts_a_link_does(browser, live_server, client, alice, lived_in):
    context = browser.new_context(locale="en", java_script_enabled=False)
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    page = context.new_page()
    page.goto(live_server.url + "/history/")
    page.locator("noscript .table a").first.click()
    assert "bar=2026-11-18" in page.url
    assert page.locator("#entries .list-item").count() == 2
    page.goto(live_server.url + "/me/")
    page.fill("[name=weekly_goal_kg]", "3")
    page.click("text=Save my goal")
    alice.refresh_from_db()
    assert alice.weekly_goal_mg == 3_000_000
