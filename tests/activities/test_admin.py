"""The city desk: drafts are validated and published, published versions stand, an activity tells its story."""

import json

import pytest

from accounts.models import User
from activities.models import Activity, Feed, Scenario
from tests.activities.conftest import rides, take_in


@pytest.fixture
def desk(client, db):
    client.force_login(User.objects.create_superuser("staff", "staff@example.org", "a long password"))
    return client


def test_a_feeds_format_is_checked_and_its_secret_rotates_unseen(desk):
    feed = Feed.objects.get(code="mobike-shanghai")
    old = feed.secrets
    address = f"/admin/activities/feed/{feed.pk}/change/"
    values = {"partner": feed.partner_id, "code": feed.code, "active": "on", "evidence": "payment"}
    values["format"] = json.dumps(feed.format)
    wrong = json.dumps({**feed.format, "zones": "Asia/Shanghai"})
    assert "zones" in desk.post(address, {**values, "format": wrong}).content.decode()
    desk.post(address, {**values, "new_secret": "whsec_bmV3"})
    feed.refresh_from_db()
    assert feed.secrets.split() == ["whsec_bmV3", old]
    assert "whsec_bmV3" not in desk.get(address).content.decode()


def test_an_activity_tells_its_whole_story(desk, alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:01", "0.2")))
    take_in(bike_feed, rides(("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "1.5")))
    pages = {
        activity.status: desk.get(f"/admin/activities/activity/{activity.pk}/change/").content.decode()
        for activity in Activity.objects.all()
    }
    assert "duration_too_short" in pages["rejected"]
    assert "1.5 公里 × (42.58 − 8.7) 克/公里 = 50.82 克" in pages["accepted"]
    assert desk.post(f"/admin/activities/activity/{Activity.objects.first().pk}/delete/").status_code == 403


@pytest.mark.parametrize(
    "model",
    ["scenario", "methodology", "factor", "pointsrate", "feed", "delivery", "quarantinedrow", "reduction", "activity"]
    + ["supervision", "contract", "pullstate"],
)
def test_every_list_opens(desk, alice, bike_feed, link, model):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "-1")))
    assert desk.get(f"/admin/activities/{model}/").status_code == 200


def test_the_settings_of_a_rule_are_checked(desk):
    scenario = Scenario.objects.get(code="shared-bike")
    speed = scenario.rules.get(rule="speed_implausible")
    address = f"/admin/activities/scenario/{scenario.pk}/change/"
    page = desk.get(address).context["adminform"].form
    values = {name: value for name, value in page.initial.items() if value is not None}
    values |= {
        "rules-TOTAL_FORMS": 1,
        "rules-INITIAL_FORMS": 1,
        "rules-0-id": speed.pk,
        "rules-0-scenario": scenario.pk,
    }
    values |= {"methodologies-TOTAL_FORMS": 0, "methodologies-INITIAL_FORMS": 0}
    values |= {"rules-0-rule": "speed_implausible", "rules-0-active": "on"}
    assert "max_m_per_h" in desk.post(address, {**values, "rules-0-settings": '{"max_m_per_h": 1}'}).content.decode()
    assert desk.post(address, {**values, "rules-0-settings": '{"max_m_per_h": 30000}'}).status_code == 302
    speed.refresh_from_db()
    assert speed.settings == {"max_m_per_h": 30000}
