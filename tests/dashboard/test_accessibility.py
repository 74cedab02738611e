"""WCAG 2.2 AA: axe finds nothing on any page in either language and theme; everything is reached by keyboard."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts import groups
from accounts.linking import links
from accounts.models import Citizen, Group, User
from activities.models import Activity
from config import clock
from dashboard.city import publication
from dashboard.community import challenges
from dashboard.notifications import wishes
from rewards import redemption
from rewards.models import Member, Merchant, Offer
from sandbox import pages
from tests.browsers import cookie_of
from tests.dashboard.conftest import TODAY, tally

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""What the theme can break."""
LOOKS = {"zh-hans": ({"width": 390, "height": 844}, "zh-CN"), "en": ({"width": 1280, "height": 900}, "en")}
"""A phone in Chinese and a desktop in English."""


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


@pytest.fixture
def everything(alice, lived_in, make_activity, give_points):
    """The addresses of all pages that Alice has, by name: with a voucher, a team in a challenge, a till."""
    give_points(alice.pk, 500)
    now = timezone.now()
    merchant = Merchant.objects.create(code="tea", name_zh="茶铺", name_en="Tea House")
    Member.objects.create(merchant=merchant, user=alice.user, role=Member.Role.OWNER)
    offer = Offer.objects.create(
        merchant=merchant,
        title_zh="一壶茶",
        title_en="A pot of tea",
        state=Offer.State.PUBLISHED,
        price_points=20,
        stock_total=5,
        stock_left=5,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=9),
    )
    redemption.redeem(uuid4(), alice, offer.pk)
    alice.nickname = "heron"
    alice.save(update_fields=["nickname"])
    own = groups.found(alice, Group.Kind.TEAM, "湖畔鹭 Herons")
    challenges.found(own, "绿色湖畔 Green lake", TODAY, TODAY + timedelta(days=20), 100_000_000)
    dropped = make_activity(alice, TODAY - timedelta(days=3))
    Activity.objects.filter(pk=dropped.pk).delete()
    unsubscribe = f"/notices/end/{wishes.unsubscribe_token(alice.pk)}/"
    return pages.of(alice.user) | {"entry-dropped": f"/activities/{dropped.pk}/", "unsubscribe": unsubscribe}


def open_as(browser, client, live_server, language, user=None):
    viewport, locale = LOOKS[language]
    context = browser.new_context(
        viewport=viewport,
        locale=locale,
        base_url=live_server.url,
        bypass_csp=True,
        service_workers="block",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "tanpuhui_language", "value": language, "url": live_server.url}])
    if user:
        context.add_cookies([cookie_of(client, live_server, user)])
    return context.new_page()


def seen(page, name) -> list[str]:
    """What axe finds on the open page, in the light and in the dark."""
    found = []
    page.add_style_tag(content="*, ::before, ::after { transition: none !important; animation: none !important }")
    for theme, rules in (("light", STANDARDS), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found += complaints(page, f"{name} ({theme})", {"runOnly": rules, "resultTypes": ["violations"]})
    return found


@pytest.mark.parametrize("language", LOOKS)
def test_axe_finds_nothing_on_any_page(browser, live_server, client, alice, everything, language):
    found = []
    for addresses, user in ((pages.PUBLIC, None), (everything, alice.user)):
        page = open_as(browser, client, live_server, language, user)
        for name, path in addresses.items():
            answer = page.goto(path)
            assert answer.status == {"not-found": 404, "entry-dropped": 410}.get(name, 200), name
            found += seen(page, name)
    assert found == []


@pytest.mark.parametrize("language", LOOKS)
def test_axe_finds_nothing_on_the_pages_of_somebody_new(browser, live_server, client, alice, language):
    page, found = open_as(browser, client, live_server, language, alice.user), []
    for name in ("home", "history", "links", "rewards", "vouchers", "ranks", "groups", "achievements", "notices"):
        page.goto(pages.OWN[name])
        found += seen(page, name)
    newcomer = User.objects.create_user(username="newcomer", email="newcomer@example.org")
    page = open_as(browser, client, live_server, language, newcomer)
    page.goto("/home/")
    assert "/accounts/opening/" in page.url
    found += seen(page, "opening")
    page.locator("[value=younger]").click()
    found += seen(page, "too young")
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
    own = ("/home/", "/history/", "/links/", "/ranks/", "/groups/", "/achievements/", "/notices/settings/", "/me/")
    for path in [*own, "/city/", lived_in[0]]:
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
