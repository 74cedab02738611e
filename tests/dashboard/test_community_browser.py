"""Groups, challenges, notices and privacy in a real browser: axe finds nothing, no page scrolls sideways."""

from datetime import timedelta

import pytest

from accounts import groups, privacy
from accounts.models import Group
from dashboard.community import challenges
from dashboard.notifications import inbox
from tests.browsers import cookie_of
from tests.dashboard.conftest import TODAY
from tests.dashboard.test_accessibility import STANDARDS, complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paths(make_citizen, alice, total):
    """Alice keeps a team that is in a challenge with another, and has been told so."""
    alice.nickname = "heron"
    alice.save()
    own = groups.found(alice, Group.Kind.TEAM, "湖畔鹭 Herons")
    other = groups.found(make_citizen("crow0", nickname="crow0"), Group.Kind.TEAM, "Crows")
    for team, name in ((own, "heron"), (other, "crow")):
        for number in range(1, 4):
            groups.join_by_token(make_citizen(f"{name}{number}", nickname=f"{name}{number}"), groups.invite(team))
    token = groups.invite(other)
    challenge = challenges.found(own, "绿色湖畔 Green lake", TODAY, TODAY + timedelta(days=20), 100_000_000)
    challenges.enter(other, challenge.code)
    type(own).objects.update(joined_at="2026-11-01T00:00Z")
    total(alice, TODAY, 12_345_678)
    total(other.citizen, TODAY, 30_000_000)
    challenges.count_due()
    inbox.gather()
    privacy.make_export(privacy.request_export(alice).pk)
    return {
        "groups": "/groups/",
        "group": f"/groups/{own.group_id}/",
        "join": f"/groups/join/{token}/",
        "challenges": "/challenges/",
        "challenge": f"/challenges/{challenge.pk}/",
        "notices": "/notices/",
        "preferences": "/notices/settings/",
        "privacy": "/accounts/privacy/",
        "delete": "/accounts/privacy/delete/",
        "offline": "/offline/",
        "rank": "/ranks/?scope=" + str(own.group_id),
    }


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser, live_server, client, alice, paths, language):
    context = browser.new_context(bypass_csp=True)
    context.add_cookies([{"name": "tanpuhui_language", "value": language, "url": live_server.url}])
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    page, found = context.new_page(), []
    for path in paths.values():
        for theme, width in (("light", 390), ("dark", 1280)):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live_server.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            found += complaints(page, f"{path} ({theme})", {"runOnly": STANDARDS})
    assert found == []


def test_a_challenge_is_started_and_read_by_hand(browser, live_server, client, alice, paths):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en")
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    page = context.new_page()
    page.goto(live_server.url + "/challenges/")
    page.fill("[name=name]", "Winter ride")
    page.fill("[name=goal_kg]", "50")
    page.click("text=Start it")
    page.wait_for_url("**/challenges/*-*/")
    assert page.locator("h1").inner_text() == "Winter ride"
    assert page.locator("svg.meter").get_attribute("aria-label") == "24% of the goal"
