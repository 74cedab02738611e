"""Nearest first, in a browser that says where it is and in one that does not."""

import re

import pytest
from playwright.sync_api import expect

from rewards.models import Merchant
from tests.rewards.till import phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = {"geolocation": {"latitude": 30.25012, "longitude": 120.15049}, "permissions": ["geolocation"]}


@pytest.fixture
def shops(make_offer, make_merchant, cafe):
    Merchant.objects.filter(id=cafe.id).update(latitude_e6=30_400_000, longitude_e6=120_150_000)
    make_offer(price_points=5, title_en="Far coffee")
    bakery = make_merchant("bakery", latitude_e6=30_251_000, longitude_e6=120_150_000)
    make_offer(price_points=9, title_en="Near bread", merchant=bakery, kind="goods")


def test_the_nearest_comes_first_and_the_choice_stays(browser, client, live_server, shops, rich):
    with phone(browser, client, live_server, rich.user, **HERE) as page:
        page.context.add_cookies([{"name": "tanpuhui_language", "value": "en", "url": live_server.url}])
        page.goto(f"{live_server.url}/rewards/")
        expect(page.locator("main ul.list a").first).to_contain_text("Far coffee")
        page.get_by_role("button", name="Nearest first").click()
        page.wait_for_url(re.compile(r"near=30\.250%2C120\.150$"))
        expect(page.locator("main ul.list a").first).to_contain_text(re.compile("Near bread.*100 m", re.S))
        page.get_by_role("link", name="Within reach", exact=True).click()
        page.wait_for_url(re.compile("affordable=1"))
        expect(page.locator("main ul.list a").first).to_contain_text("Near bread")
        page.get_by_role("link", name="Coupon", exact=True).click()
        expect(page.locator("main ul.list a")).to_have_count(1)
        assert "near=30.250" in page.url and "affordable=1" in page.url and "kind=coupon" in page.url
        page.get_by_role("link", name="Nearest first").click()
        expect(page.get_by_role("button", name="Nearest first")).to_be_visible()
        assert "near=" not in page.url


def test_a_browser_that_does_not_say_where_it_is_is_told_so(browser, client, live_server, shops, rich):
    with phone(browser, client, live_server, rich.user) as page:
        page.context.add_cookies([{"name": "tanpuhui_language", "value": "en", "url": live_server.url}])
        page.goto(f"{live_server.url}/rewards/")
        page.get_by_role("button", name="Nearest first").click()
        expect(page.locator("#no-place")).to_be_visible()
        assert "near=" not in page.url
