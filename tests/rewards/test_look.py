"""WCAG 2.2 AA on the pages of rewards and of the console: axe finds nothing, nothing scrolls sideways."""

import os
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Citizen, District
from config import clock
from rewards import closing, lotteries, offers, redemption, rotation, trees
from rewards.models import Contract, Merchant, Offer, Planting, Redemption
from tests.dashboard.test_accessibility import STANDARDS, complaints
from tests.rewards.conftest import end
from tests.rewards.till import phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = Path(settings.BASE_DIR) / "sandbox" / "demo" / "planting.png"


@pytest.fixture
def lively(rich, bob, make_offer, make_merchant, owner, cafe, give_points):
    """Alice works at the café too; one offer of every kind, one voucher in most states, a closed settlement."""
    give_points(rich.id, 5000)
    give_points(bob.id, 1000)
    lakeside = District.objects.create(code="lake-shore", name_zh="湖滨区", name_en="Lakeside")
    Citizen.objects.filter(id=rich.id).update(district=lakeside)
    place = {"latitude_e6": 30_251_000, "longitude_e6": 120_150_000, "district": lakeside}
    Merchant.objects.filter(id=cafe.id).update(address_zh="湖滨路 18 号", address_en="18 Lakeside Road", **place)
    grove = make_merchant("grove", name_zh="城市林场", name_en="City Grove")
    coffee = make_offer(600, 400, description_zh="自带杯到店兑换。", description_en="In a cup of your own.")
    dear = make_offer(9000, 3, title_zh="折叠自行车", title_en="A folding bicycle", rotating=True, kind="goods")
    make_offer(50, 0, title_zh="夜场电影", title_en="A late film")
    tree = make_offer(200, 90, merchant=grove, kind="tree", tree_shares=5, title_zh="一棵侧柏", title_en="A thuja")
    draw = make_offer(30, 2, allocation="lottery", state="draft", title_zh="博物馆之夜", title_en="Museum night")
    offers.move(draw, Offer.State.PUBLISHED, None)
    digits = make_offer(40, 9, title_zh="月票", title_en="Monthly pass", kind="transit", pass_days=30, rotating=True)
    made = {
        name: redemption.redeem(uuid4(), rich, offer.id)[0]
        for name, offer in {
            "ready": coffee,
            "used": coffee,
            "back": coffee,
            "tree": tree,
            "entry": draw,
            "pass": digits,
        }.items()
    }
    waiting = offers.move(
        make_offer(30, 2, allocation="lottery", state="draft", title_zh="音乐节门票", title_en="Festival ticket"),
        Offer.State.PUBLISHED,
        None,
    )
    made["waiting"], _new = redemption.redeem(uuid4(), rich, waiting.id)
    scanned, _new = redemption.redeem(uuid4(), bob, coffee.id)
    redemption.confirm(made["used"].voucher_code, owner)
    redemption.confirm(made["pass"].voucher_code, owner, rotation.code_at(made["pass"].id, timezone.now()))
    redemption.cancel(made["back"].id, rich)
    photo = ContentFile(PICTURES.read_bytes(), "p.png")
    planting = Planting(
        offer=tree,
        trees=2,
        planted_on=date(2026, 11, 1),
        species_zh="侧柏",
        species_en="Thuja",
        place_zh="西山",
        place_en="West Hill",
        latitude_e6=39990000,
        longitude_e6=116190000,
        certificate="LC-2026-0001",
    )
    trees.record(planting, photo)
    end(draw)
    lotteries.draw_due()
    Redemption.objects.filter(id=made["used"].id).update(closed_at=timezone.now() - timedelta(days=1))
    contract = Contract(merchant=cafe, valid_from="2026-01-01", fee_bp=200, account_name="街角咖啡", bank_code="1")
    contract.account_number = "6222000000001234"
    contract.save()
    batch = closing.close(cafe, clock.city_today() - timedelta(days=1))
    owner.user = rich.user
    owner.save()
    return {
        "offers": "/rewards/", "offer": f"/rewards/{coffee.id}/", "dear": f"/rewards/{dear.id}/",
        "near": "/rewards/?near=30.25,120.15", "none": "/rewards/?kind=transit&own_district=1&affordable=1&near=30,120",
        "gift": f"/rewards/{tree.id}/",
        "inspected": f"/merchant/v/{made['pass'].voucher_code}/", "own": f"/merchant/v/{made['ready'].voucher_code}/",
        "vouchers": "/vouchers/", "draw": f"/rewards/{draw.id}/draw/",
        **{name: f"/vouchers/{one.id}/" for name, one in made.items()},
        "till": "/merchant/", "scanned": f"/merchant/v/{scanned.voucher_code}/",
        "seen": f"/merchant/v/{made['used'].voucher_code}/", "done": f"/merchant/done/{made['used'].id}/",
        "unknown": "/merchant/v/000000000000/", "statement": f"/merchant/statement/?month={clock.city_today():%Y-%m}",
        "settlement": f"/merchant/settlements/{batch.id}/", "people": "/merchant/people/",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser, client, live_server, lively, rich, language):
    found = []
    look = {"viewport": {"width": 360, "height": 740}, "bypass_csp": True}
    with phone(browser, client, live_server, rich.user, allowed="404", **look) as page:
        page.context.add_cookies([{"name": "tanpuhui_language", "value": language, "url": live_server.url}])
        for name, path in lively.items():
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                page.goto(live_server.url + path)
                if page.evaluate("document.documentElement.scrollWidth") > 360:
                    found.append(f"{name} scrolls sideways")
                found += complaints(page, f"{name} ({theme})", {"runOnly": STANDARDS})
                photograph(page, f"{name}-{language}-{theme}")
    assert found == []


def photograph(page, name: str) -> None:
    """Pictures for whoever looks, where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 740})
