"""The citizen's pages."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import District
from config import clock
from ledger import statements
from rewards import offers, redemption, rotation
from rewards.models import Offer, Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def browser(client, rich):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(rich.user)
    return client


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_offers_show_what_is_within_reach_first(browser, make_offer):
    make_offer(price_points=101, title_en="Too dear")
    make_offer(price_points=1, stock=0, title_en="Gone")
    make_offer(price_points=90, title_en="Mine")
    page = text_of(browser.get("/rewards/"))
    assert page.index("Mine") < page.index("Gone") < page.index("Too dear")
    assert "100" in page


def test_offers_are_shown_in_english(browser, coffee):
    page = text_of(browser.get("/rewards/"))
    assert "An Americano" in page
    assert "Corner Café" in page
    assert "5 left" in page


def test_no_offers_are_said_so(browser):
    assert "There is no offer at the moment." in text_of(browser.get("/rewards/"))
    assert "You have no voucher yet." in text_of(browser.get("/vouchers/"))


def test_a_double_click_is_one_redemption(browser, coffee, rich):
    page = browser.get(f"/rewards/{coffee.id}/")
    id = page.context["form"].initial["redemption"]
    first = browser.post(f"/rewards/{coffee.id}/", {"redemption": id})
    second = browser.post(f"/rewards/{coffee.id}/", {"redemption": id})
    assert first.url == second.url == f"/vouchers/{id}/"
    assert Redemption.objects.count() == 1
    assert statements.balance(rich.id) == 90


def test_each_opening_of_the_page_is_a_redemption_of_its_own(browser, coffee):
    ids = {browser.get(f"/rewards/{coffee.id}/").context["form"].initial["redemption"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"price_points": 101}, 409, "You do not have enough points for this."),
        ({"stock_left": 0}, 409, "This offer is sold out."),
        ({"state": "paused"}, 404, ""),
    ],
)
def test_a_refusal_is_said_on_the_page_and_changes_nothing(browser, make_offer, fingerprint, change, status, words):
    offer = make_offer(**({"stock": 0} if "stock_left" in change else change))
    before = fingerprint()
    answer = browser.post(f"/rewards/{offer.id}/", {"redemption": uuid4()})
    assert answer.status_code == status
    assert words in text_of(answer)
    assert fingerprint() == before


@pytest.mark.parametrize("sent", [{}, {"redemption": "x"}])
def test_a_form_without_its_id_is_refused(browser, coffee, sent, fingerprint):
    before = fingerprint()
    answer = browser.post(f"/rewards/{coffee.id}/", sent)
    assert answer.status_code == 400
    assert "The form came incomplete, so nothing happened." in text_of(answer)
    assert "Redeem for" in text_of(answer)
    assert fingerprint() == before


def test_an_offer_out_of_reach_has_no_button(browser, make_offer):
    page = browser.get(f"/rewards/{make_offer(price_points=101).id}/")
    assert "Redeem for" not in text_of(page)
    assert "One more point" in text_of(page)


def test_the_voucher_shows_its_code_and_a_qr_picture(browser, voucher):
    page = browser.get(f"/vouchers/{voucher.id}/")
    code = voucher.voucher_code
    assert f"{code[:4]} {code[4:8]} {code[8:]}" in text_of(page)
    assert page.content.decode().count("<svg xmlns") == 1
    assert "no-store" in page["Cache-Control"]


def test_only_a_voucher_that_shows_all_it_needs_is_kept_on_the_device(browser, voucher, make_offer, rich, clerk):
    assert browser.get(f"/vouchers/{voucher.id}/")["X-Offline"] == "keep"
    changing = redemption.redeem(uuid4(), rich, make_offer(rotating=True).id)[0]
    assert "X-Offline" not in browser.get(f"/vouchers/{changing.id}/")
    redemption.confirm(voucher.voucher_code, clerk)
    assert "X-Offline" not in browser.get(f"/vouchers/{voucher.id}/")


def test_an_open_page_hears_that_its_voucher_is_used(browser, voucher, clerk):
    live = f"/vouchers/{voucher.id}/live/"
    assert browser.get(live).status_code == 204
    redemption.confirm(voucher.voucher_code, clerk)
    assert browser.get(live)["HX-Refresh"] == "true"


def test_an_open_page_gets_the_digits_of_a_changing_voucher(browser, make_offer, rich):
    voucher = redemption.redeem(uuid4(), rich, make_offer(rotating=True).id)[0]
    digits = rotation.code_at(voucher.id, timezone.now())
    assert f"{digits[:3]} {digits[3:]}" in browser.get(f"/vouchers/{voucher.id}/live/").text


def test_pages_hold_no_inline_style_or_script(browser, coffee, voucher):
    for path in ["/rewards/", f"/rewards/{coffee.id}/", "/vouchers/", f"/vouchers/{voucher.id}/"]:
        page = browser.get(path).content.decode()
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_cancelling_returns_the_points(browser, voucher, rich):
    answer = browser.post(f"/vouchers/{voucher.id}/cancel/", follow=True)
    assert "Cancelled. 10 points are back" in text_of(answer)
    assert statements.balance(rich.id) == 100
    assert "<svg xmlns" not in browser.get(f"/vouchers/{voucher.id}/").content.decode()


def test_one_point_that_comes_back_is_one(browser, make_offer, rich):
    voucher = redemption.redeem(uuid4(), rich, make_offer(price_points=1).id)[0]
    answer = browser.post(f"/vouchers/{voucher.id}/cancel/", follow=True)
    assert "Cancelled. 1 point is back in your account." in text_of(answer)


def test_looking_at_the_cancel_address_cancels_nothing(browser, voucher):
    assert browser.get(f"/vouchers/{voucher.id}/cancel/").status_code == 405


def test_an_entry_of_a_draw_is_listed_and_can_be_left(browser, make_offer, rich):
    offer = offers.move(make_offer(allocation="lottery", state="draft"), Offer.State.PUBLISHED, None)
    entry, _new = redemption.redeem(uuid4(), rich, offer.id)
    assert "drawn after" in text_of(browser.get("/vouchers/"))
    page = text_of(browser.get(f"/vouchers/{entry.id}/"))
    assert "Leave the draw" in page and "valid until" not in page
    assert "Until it is drawn you can leave the draw" in text_of(browser.get(f"/rewards/{offer.id}/"))
    answer = browser.post(f"/vouchers/{entry.id}/cancel/", follow=True)
    assert "Cancelled. 10 points are back" in text_of(answer)
    assert "Leave the draw" not in text_of(answer)
    assert statements.balance(rich.id) == 100


def test_what_can_be_used_comes_first_the_soonest_end_on_top(browser, make_offer, clerk, rich):
    def redeem(title: str, days: int = 30) -> Redemption:
        return redemption.redeem(uuid4(), rich, make_offer(title_en=title, voucher_days=days).id)[0]

    redeem("Late", days=60)
    redeem("Soon", days=3)
    redemption.confirm(redeem("Used").voucher_code, clerk)
    page = text_of(browser.get("/vouchers/"))
    assert [page.index(word) for word in ("In hand", "Soon", "Late", "Past", "Used")] == sorted(
        page.index(word) for word in ("In hand", "Soon", "Late", "Past", "Used")
    )


def test_a_pass_that_runs_is_shown_until_its_last_day(browser, make_offer, rich, clerk):
    made, _new = redemption.redeem(uuid4(), rich, make_offer(kind="transit", pass_days=2).id)
    redemption.confirm(made.voucher_code, clerk)
    address, today = f"/vouchers/{made.id}/", clock.day_start(clock.city_today())
    for closed_at, shown in [(today + timedelta(hours=1), True), (today - timedelta(days=1), True),
                             (today - timedelta(days=1, microseconds=1), False)]:  # fmt: skip
        Redemption.objects.update(closed_at=closed_at)
        page, listed = text_of(browser.get(address)), text_of(browser.get("/vouchers/"))
        assert ("Pass runs until" in page, "Pass runs until" in listed) == (shown, shown)
        assert ("In hand" in listed, "Past" in listed) == (shown, not shown)
        assert ("<svg xmlns" in browser.get(address).content.decode()) == shown
        assert ("The pass ran until" in page) == (not shown)
        assert "Cancel this voucher" not in page


def test_points_are_written_alike_everywhere(browser, make_offer, rich, give_points):
    give_points(rich.id, 5000)
    offer = make_offer(price_points=2500)
    page = text_of(browser.get(f"/rewards/{offer.id}/"))
    assert "Redeem for 2,500 points" in page and "2500" not in page
    made, _new = redemption.redeem(uuid4(), rich, offer.id)
    for path in ("/vouchers/", f"/vouchers/{made.id}/"):
        assert "2,500 points" in text_of(browser.get(path))
    answer = browser.post(f"/vouchers/{made.id}/cancel/", follow=True)
    assert "Cancelled. 2,500 points are back" in text_of(answer)


def test_a_used_voucher_has_no_code_and_is_not_cancelled(browser, voucher, clerk):
    redemption.confirm(voucher.voucher_code, clerk)
    page = browser.get(f"/vouchers/{voucher.id}/")
    assert "<svg xmlns" not in page.content.decode()
    answer = browser.post(f"/vouchers/{voucher.id}/cancel/", follow=True)
    assert "can no longer be cancelled" in text_of(answer)


def test_an_expired_voucher_says_so_before_the_job_ran(browser, voucher, make_due):
    make_due(voucher)
    assert "Expired." in text_of(browser.get(f"/vouchers/{voucher.id}/"))
    assert "expired" in text_of(browser.get("/vouchers/"))
    redemption.expire_due()
    assert "expired" in text_of(browser.get(f"/vouchers/{voucher.id}/"))


def test_a_stranger_finds_nothing(client, bob, voucher, fingerprint):
    client.force_login(bob.user)
    before = fingerprint()
    assert client.get(f"/vouchers/{voucher.id}/").status_code == 404
    assert client.post(f"/vouchers/{voucher.id}/cancel/").status_code == 404
    assert "美式" not in text_of(client.get("/vouchers/"))
    assert fingerprint() == before


def test_nobody_enters_without_signing_in(client, coffee, voucher):
    for path in ["/rewards/", f"/rewards/{coffee.id}/", "/vouchers/", f"/vouchers/{voucher.id}/"]:
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")


def test_an_unpublished_offer_is_not_there(browser, make_offer):
    assert browser.get(f"/rewards/{make_offer(state='paused').id}/").status_code == 404
    assert browser.get(f"/rewards/{uuid4()}/").status_code == 404


@pytest.fixture
def shops(make_offer, make_merchant, rich):
    """Three at known distances from 30.25,120.15 (a thousandth of a degree of latitude is 111.2 m), one nowhere."""
    here, there = [District.objects.create(code=code, name_zh=code, name_en=code) for code in ("here", "there")]
    rich.district = here
    rich.save()
    places = {"Corner": (30_251_000, here), "Middle": (30_270_000, there), "Far": (30_400_000, here)}
    for number, (name, (latitude, district)) in enumerate(places.items()):
        place = {"latitude_e6": latitude, "longitude_e6": 120_150_000, "district": district}
        merchant = make_merchant(name.lower(), **place, address_en=f"{number} Lake Road")
        make_offer(price_points=90 - number * 40, title_en=name, merchant=merchant)
    make_offer(price_points=101, title_en="Nowhere", kind="goods")


def titles(answer) -> list[str]:
    return [offer.title_en for offer in answer.context["page"]]


def test_the_nearest_comes_first_where_the_browser_says_where_it_is(browser, shops):
    answer = browser.get("/rewards/?near=30.25,120.15")
    assert titles(answer) == ["Corner", "Middle", "Far", "Nowhere"]
    page = text_of(answer)
    assert "100 m" in page and "2.2 km" in page and "17 km" in page
    assert 'id="near"' not in answer.content.decode()
    for unclear in ("x", "91,0", "1", "nan,nan", ""):
        answer = browser.get(f"/rewards/?near={unclear}")
        assert titles(answer) == ["Far", "Corner", "Middle", "Nowhere"]
        assert 'id="near"' in answer.content.decode()


def test_offers_are_narrowed_to_what_is_within_reach_and_in_the_district(browser, shops, rich):
    assert titles(browser.get("/rewards/?affordable=1")) == ["Far", "Corner", "Middle"]
    assert titles(browser.get("/rewards/?own_district=1")) == ["Far", "Corner", "Nowhere"]  # a chain is everywhere
    assert titles(browser.get("/rewards/?own_district=1&affordable=1&kind=goods")) == []
    page = text_of(browser.get("/rewards/?kind=goods&affordable=1"))
    assert "Nothing fits this choice" in page and "Your points stay" not in page
    rich.district = None
    rich.save()
    assert "In my district" not in text_of(browser.get("/rewards/"))


def test_the_choice_stays_on_the_second_page(browser, make_offer):
    for number in range(31):
        make_offer(price_points=number + 1)
    make_offer(kind="goods")
    answer = browser.get("/rewards/?kind=coupon&affordable=1")
    assert 'href="?kind=coupon&amp;affordable=1&amp;page=2"' in answer.content.decode()
    second = browser.get("/rewards/?kind=coupon&affordable=1&page=2")
    assert len(second.context["page"]) == 1
    assert 'href="?kind=goods&amp;affordable=1"' in second.content.decode()


def test_an_offer_says_where_it_is(browser, shops):
    offer = Offer.objects.get(title_en="Middle")
    page = browser.get(f"/rewards/{offer.id}/")
    assert "1 Lake Road · there" in text_of(page)
    assert 'href="geo:30.270000,120.150000?q=30.270000,120.150000(Merchant%20middle)"' in page.content.decode()
    assert "geo:" not in browser.get(f"/rewards/{Offer.objects.get(title_en='Nowhere').id}/").content.decode()


def test_a_gift_shows_what_becomes_of_it(browser, make_offer, rich):
    gift = {"kind": "donation", "funder": "sponsor", "sponsor": "Lake Bank", "value_fen": 250}
    offer = make_offer(**gift, title_en="Books for a school")
    page = text_of(browser.get(f"/rewards/{offer.id}/"))
    assert "For each gift Lake Bank pays ¥2.50 to Corner Café." in page and "so far" not in page
    for _ in range(2):
        redemption.redeem(uuid4(), rich, offer.id)
    assert "2 gifts were made so far." in text_of(browser.get(f"/rewards/{offer.id}/"))


def test_a_sponsor_goes_by_its_name_in_the_language_of_the_page(browser, make_offer):
    gift = {"kind": "donation", "funder": "sponsor", "sponsor": "湖滨银行", "sponsor_en": "Lake Bank", "value_fen": 200}
    offer = make_offer(**gift)
    assert "For each gift Lake Bank pays ¥2.00" in text_of(browser.get(f"/rewards/{offer.id}/"))
    assert browser.get(f"/api/v1/offers/{offer.id}", headers={"accept-language": "en"}).json()["sponsor"] == "Lake Bank"
    browser.cookies["tanpuhui_language"] = "zh-hans"
    page = text_of(browser.get(f"/rewards/{offer.id}/"))
    assert "湖滨银行" in page and "Lake Bank" not in page


def test_kinds_of_rewards_begin_with_a_capital(browser):
    page = browser.get("/rewards/").content.decode()
    assert all(f"</svg>{name}</a>" in page for name in ("Coupon", "Goods", "Transit pass", "Donation", "Tree"))


def test_many_offers_come_in_pages_with_as_many_queries(browser, make_offer, django_assert_max_num_queries):
    for number in range(31):
        make_offer(price_points=number + 1)
    with django_assert_max_num_queries(9):
        first = browser.get("/rewards/")
    assert len(first.context["page"]) == 30
    assert len(browser.get("/rewards/?page=2").context["page"]) == 1
    assert Offer.objects.count() == 31
