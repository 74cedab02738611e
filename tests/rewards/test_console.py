"""The merchant's console: members only, looking never confirms."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from config import clock
from ledger import statements
from ledger.models import Chart
from rewards import redemption, rotation, vouchers
from rewards.models import Member, Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def till(client, clerk):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(clerk.user)
    return client


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def address(voucher: Redemption, *more: str) -> str:
    return "/".join(["/merchant/v", voucher.voucher_code, *more, ""])


def test_a_typed_code_leads_to_the_voucher(till, voucher):
    typed = vouchers.group(voucher.voucher_code).lower()
    answer = till.post("/merchant/look-up/", {"code": typed})
    assert answer.url == address(voucher)
    whole_address = till.post("/merchant/look-up/", {"code": redemption.voucher_url(voucher)})
    assert whole_address.url == address(voucher)


def test_what_is_no_code_is_said_so(till):
    answer = till.post("/merchant/look-up/", {"code": "abc"}, follow=True)
    assert answer.redirect_chain == [("/merchant/", 302)]
    assert "twelve letters" in text_of(answer)


def test_opening_the_qr_code_confirms_nothing(till, voucher, fingerprint):
    before = fingerprint()
    page = till.get(address(voucher))
    assert page.status_code == 200
    assert "An Americano" in text_of(page)
    assert till.get(address(voucher, "confirm")).status_code == 405
    assert fingerprint() == before


def test_confirming_pays_the_merchant_and_shows_the_check(till, voucher, cafe, clerk):
    answer = till.post(address(voucher, "confirm"), follow=True)
    assert answer.redirect_chain == [(f"/merchant/done/{voucher.id}/", 302)]
    assert "check.svg" in answer.content.decode()
    assert statements.balance(cafe.id, Chart.MERCHANT) == 10
    assert Redemption.objects.get().confirmed_by == clerk.user
    assert voucher.voucher_code[-4:] in text_of(till.get("/merchant/"))


def test_a_used_voucher_is_refused_with_its_time(till, voucher, fingerprint):
    till.post(address(voucher, "confirm"))
    before = fingerprint()
    answer = till.post(address(voucher, "confirm"), follow=True)
    assert answer.redirect_chain == [(address(voucher), 302)]
    assert answer.context["refusal"].code == "voucher_used"
    assert "used before" in text_of(answer)
    assert fingerprint() == before


def test_an_inspector_reads_that_a_pass_runs(till, rich, make_offer, clerk):
    made, _new = redemption.redeem(uuid4(), rich, make_offer(kind="transit", pass_days=2, rotating=True).id)
    redemption.confirm(made.voucher_code, clerk, rotation.code_at(made.id, timezone.now()))
    page = text_of(till.get(address(made)))
    assert "Pass runs until" in page and "used before" not in page and "Do not hand anything over" not in page
    digits = rotation.code_at(made.id, timezone.now())
    assert f"{digits[:3]} {digits[3:]}" in page
    tail = str(made.id)[-12:]
    kit = till.get("/merchant/").context["kit"]
    end = clock.day_end(clock.city_today() + timedelta(days=1))
    assert kit["passes"] == {tail: int(end.timestamp())}
    Redemption.objects.update(closed_at=clock.day_start(clock.city_today()) - timedelta(days=2))
    page = text_of(till.get(address(made)))
    assert "used before" in page and "Pass runs until" not in page
    assert till.get("/merchant/").context["kit"]["passes"] == {}


def test_an_expired_and_a_cancelled_voucher_are_refused(till, voucher, make_due, rich, coffee):
    other, _new = redemption.redeem(uuid4(), rich, coffee.id)
    redemption.cancel(other.id, rich)
    make_due(voucher)
    assert till.get(address(voucher)).context["refusal"].code == "voucher_expired"
    assert till.get(address(other)).context["refusal"].code == "voucher_cancelled"
    assert till.post(address(voucher, "confirm")).url == address(voucher)
    assert not Redemption.objects.filter(state="confirmed").exists()


def test_an_unknown_code_is_a_404_in_plain_words(till, voucher, make_merchant, make_member, client):
    answer = till.get("/merchant/v/000000000000/")
    assert answer.status_code == 404
    assert "no voucher with this code" in text_of(answer)
    client.force_login(make_member(make_merchant("bakery")).user)  # and another merchant's is none of theirs
    for answer in (client.get(address(voucher)), client.post(address(voucher, "confirm"))):
        assert answer.status_code == 404
        assert "Americano" not in text_of(answer)
    voucher.refresh_from_db()
    assert voucher.state == "reserved"


PATHS = ["", "look-up/", "choose/", "statement/", "statement.csv", "v/000000000000/", "v/000000000000/confirm/"]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_no_member_finds_no_console(client, bob, path):
    client.force_login(bob.user)
    assert client.get(f"/merchant/{path}").status_code in {404, 405}
    assert client.post(f"/merchant/{path}").status_code in {404, 405}


def test_the_owner_of_the_voucher_cannot_confirm_it(client, rich, voucher):
    client.force_login(rich.user)
    assert client.get(address(voucher)).status_code == 404
    assert client.post(address(voucher, "confirm")).status_code == 404
    voucher.refresh_from_db()
    assert voucher.state == "reserved"


def test_a_camera_that_is_not_signed_in_is_sent_to_sign_in_and_back(client, voucher):
    answer = client.get(address(voucher))
    assert answer.status_code == 302
    assert answer.url == f"/accounts/login/?next={address(voucher)}"


def test_a_member_of_two_merchants_changes_between_them(client, clerk, cafe, make_merchant, make_member, voucher):
    bakery = make_merchant("bakery", name_zh="面包房")
    make_member(bakery, user=clerk.user)
    client.force_login(clerk.user)
    assert client.get("/merchant/").context["member"].merchant == bakery  # the first by code

    assert client.post("/merchant/choose/", {"merchant": str(cafe.id)}).url == "/merchant/"
    assert client.get("/merchant/").context["member"].merchant == cafe

    client.post("/merchant/choose/", {"merchant": str(bakery.id)})
    page = client.get(address(voucher))  # the voucher itself says whose it is
    assert page.context["member"].merchant == cafe


def test_the_voucher_says_where_it_is_refunded_too(client, clerk, cafe, make_merchant, make_member, voucher, rich):
    redemption.confirm(voucher.voucher_code, clerk)
    manager = make_member(cafe, "manager")
    bakery = make_merchant("bakery")
    make_member(bakery, user=manager.user)  # only a cashier there, and it comes first
    client.force_login(manager.user)
    assert client.get("/merchant/").context["member"].merchant == bakery
    client.post(f"/merchant/refund/{voucher.id}/", {"note": " "})
    voucher.refresh_from_db()
    assert voucher.state == "confirmed"
    assert client.post(f"/merchant/refund/{voucher.id}/", {"note": " cold "}).url == "/merchant/"
    voucher.refresh_from_db()
    assert (voucher.state, voucher.note) == ("refunded", "cold")
    assert client.post(f"/merchant/refund/{uuid4()}/", {"note": "x"}).status_code == 404


def test_a_merchant_one_does_not_work_for_cannot_be_chosen(client, clerk, cafe, make_merchant):
    client.force_login(clerk.user)
    client.post("/merchant/choose/", {"merchant": str(make_merchant("bakery").id)})
    assert client.get("/merchant/").context["member"].merchant == cafe


def test_today_is_the_citys_today(till, voucher, clerk):
    redemption.confirm(voucher.voucher_code, clerk)
    assert till.get("/merchant/").context["confirmed_count"] == 1
    Redemption.objects.update(closed_at=clock.day_start(clock.city_today()) - timedelta(microseconds=1))
    assert till.get("/merchant/").context["confirmed_count"] == 0


def test_the_owner_sees_the_statement_and_its_csv(client, owner, voucher, clerk):
    redemption.confirm(voucher.voucher_code, clerk)
    client.force_login(owner.user)
    page = client.get("/merchant/statement/")
    assert "15.50" in text_of(page)
    assert page.context["statement"].agrees_with_ledger
    month = clock.city_today().strftime("%Y-%m")
    answer = client.get(f"/merchant/statement.csv?month={month}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="cafe-{month}.csv"'
    assert b"".join(answer.streaming_content).count(b"\r\n") == 3


def test_another_month_is_asked_for_by_name(client, owner):
    client.force_login(owner.user)
    context = client.get("/merchant/statement/?month=2026-02").context
    assert (context["statement"].first_day, context["statement"].last_day) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize("month", ["x", "2026-13", "0001-01", "9999-12", "2026-02-01", "２０２６-02"])
def test_a_month_that_is_none_is_a_404(client, owner, month):
    client.force_login(owner.user)
    assert client.get(f"/merchant/statement/?month={month}").status_code == 404


def test_a_clerk_sees_no_statement(till):
    assert till.get("/merchant/statement/").status_code == 404
    assert till.get("/merchant/statement.csv").status_code == 404
    assert "statement" not in till.get("/merchant/").content.decode()


def test_a_former_member_is_a_stranger(till):
    Member.objects.all().delete()
    assert till.get("/merchant/").status_code == 404


def test_pages_hold_no_inline_style_or_script(till, voucher):
    for path in ["/merchant/", address(voucher)]:
        page = till.get(path).content.decode()
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
        assert not re.search(r"<script(?![^>]*\s(src=|type=\"application/json\"))", page)
