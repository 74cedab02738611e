"""Signed, rotating and offline vouchers, and the roles of the console."""

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ledger import statements
from rewards import redemption, refusals, rotation, signing, vouchers
from rewards.models import Member, Redemption, SigningKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def valuable(rich, make_offer):
    """Alice's voucher with a rotating code."""
    return redemption.redeem(uuid4(), rich, make_offer(rotating=True).id)[0]


def test_a_token_says_whose_voucher_it_is(voucher):
    claim = signing.verify(signing.sign(voucher))
    assert (claim.redemption, claim.merchant, claim.offer) == (voucher.id, voucher.merchant_id, voucher.offer_id)
    assert claim.expires_at == voucher.expires_at
    assert not claim.rotating
    assert len(redemption.qr_content(voucher)) < 260


@pytest.mark.parametrize("place", [0, 12, 30, 100, -1])
def test_a_changed_token_is_forged(voucher, place):
    token = list(signing.sign(voucher))
    token[place] = "A" if token[place] != "A" else "B"
    with pytest.raises(refusals.VoucherForged):
        signing.verify("".join(token))


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "....", "é.é.é"])
def test_nonsense_is_forged(token):
    with pytest.raises(refusals.VoucherForged):
        signing.verify(token)


def test_keys_rotate_and_older_vouchers_stay_genuine(voucher, client):
    old = signing.sign(voucher)
    signing.rotate()
    new = signing.sign(voucher)
    assert old.split(".")[0] != new.split(".")[0]
    assert signing.verify(old) == signing.verify(new)
    keys = client.get("/voucher-keys.json").json()["keys"]
    assert {key["kid"] for key in keys} == {old.split(".")[0], new.split(".")[0]}
    assert {(key["kty"], key["crv"], len(base64.urlsafe_b64decode(key["x"] + "="))) for key in keys} == {
        ("OKP", "Ed25519", 32)
    }
    assert "private" not in json.dumps(keys)
    assert SigningKey.objects.filter(retired_at=None).count() == 1


def test_the_rotating_code_is_that_of_rfc_6238():
    key = b"12345678901234567890123456789012"
    assert [rotation._code(key, moment // 30) for moment in (59, 1111111109, 20000000000)] == [
        "119246",
        "084774",
        "737706",
    ]


def test_a_rotating_voucher_needs_the_digits_of_now(valuable, clerk, fingerprint):
    now, before = timezone.now(), fingerprint()
    with pytest.raises(refusals.RotatingCodeMissing):
        redemption.confirm(valuable.voucher_code, clerk)
    wrong = f"{(int(rotation.code_at(valuable.id, now)) + 1) % 1_000_000:06d}"
    with pytest.raises(refusals.RotatingCodeWrong):
        redemption.confirm(valuable.voucher_code, clerk, wrong)
    skewed = rotation.code_at(valuable.id, now - timedelta(minutes=4))
    with pytest.raises(refusals.ClockSkew):
        redemption.confirm(valuable.voucher_code, clerk, skewed)
    for ahead in (2, 4, 9):  # or a guess would tell which digits to wait for
        with pytest.raises(refusals.RotatingCodeWrong):
            rotation.require_fresh(valuable.id, rotation.code_at(valuable.id, now + timedelta(minutes=ahead)), now)
    assert fingerprint() == before
    made = redemption.confirm(valuable.voucher_code, clerk, rotation.code_at(valuable.id, now - timedelta(seconds=30)))
    assert made.state == "confirmed"


def test_another_merchants_clerk_spends_no_tries(valuable, clerk, make_member, make_merchant):
    stranger = make_member(make_merchant("bakery"))
    for _ in range(rotation.TRIES + 1):
        with pytest.raises(refusals.WrongMerchant):
            redemption.confirm(valuable.voucher_code, stranger, "123456")
    digits = rotation.code_at(valuable.id, timezone.now())
    assert redemption.confirm(valuable.voucher_code, clerk, digits).state == "confirmed"


def test_nobody_confirms_their_own_voucher(voucher, rich, cafe, make_member, clerk, client, fingerprint):
    own = make_member(cafe, "owner", rich.user)
    client.force_login(rich.user)
    before = fingerprint()
    with pytest.raises(refusals.OwnVoucher):
        redemption.confirm(voucher.voucher_code, own)
    page = client.get(f"/merchant/v/{voucher.voucher_code}/")
    assert page.context["refusal"].code == "own_voucher"
    assert "confirm/" not in page.content.decode()
    assert fingerprint() == before
    assert redemption.confirm(voucher.voucher_code, clerk).state == "confirmed"  # a colleague does


def test_what_was_scanned_offline_is_confirmed_once(voucher, clerk, client, fingerprint):
    client.force_login(clerk.user)

    def send(*scan_ids: str) -> list[str]:
        scanned = {"token": signing.sign(voucher), "scanned_at": timezone.now().isoformat()}
        scans = [{"id": scan_id, **scanned} for scan_id in scan_ids]
        answer = client.post("/merchant/scans/", scans, content_type="application/json")
        assert answer.status_code == 200
        assert [result["id"] for result in answer.json()["results"]] == list(scan_ids)
        return [result["code"] for result in answer.json()["results"]]

    one, other = str(uuid4()), str(uuid4())
    assert send(one) == ["confirmed"]
    before = fingerprint()
    assert send(one) == ["confirmed"]  # the answer was lost on its way
    assert send(other, one) == ["voucher_used", "confirmed"]  # another device of the same sign-in took it too
    assert fingerprint() == before


def test_a_voucher_confirmed_online_is_used_for_every_scan(voucher, clerk, client, fingerprint):
    redemption.confirm(voucher.voucher_code, clerk)
    client.force_login(clerk.user)
    before = fingerprint()
    scan = {"id": str(uuid4()), "token": signing.sign(voucher), "scanned_at": timezone.now().isoformat()}
    answer = client.post("/merchant/scans/", [scan], content_type="application/json")
    assert [result["code"] for result in answer.json()["results"]] == ["voucher_used"]
    assert fingerprint() == before


@pytest.mark.django_db(transaction=True)
def test_each_scan_of_a_queue_is_a_transaction_of_its_own(voucher, rich, coffee, clerk, client, monkeypatch):
    second, _new = redemption.redeem(uuid4(), rich, coffee.id)
    real = redemption.confirm_offline

    def die_at_the_second(scan_id, token, member, scanned_at):
        if signing.verify(token).redemption == second.id:
            raise SystemExit
        return real(scan_id, token, member, scanned_at)

    monkeypatch.setattr(redemption, "confirm_offline", die_at_the_second)
    client.force_login(clerk.user)
    now = timezone.now().isoformat()
    scans = [{"id": str(uuid4()), "token": signing.sign(made), "scanned_at": now} for made in (voucher, second)]
    with pytest.raises(SystemExit):
        client.post("/merchant/scans/", scans, content_type="application/json")
    assert [Redemption.objects.get(id=made.id).state for made in (voucher, second)] == ["confirmed", "reserved"]


def test_scans_that_cannot_be_are_refused_by_their_codes(
    voucher, valuable, rich, coffee, clerk, make_member, make_merchant, client, fingerprint
):
    used, _new = redemption.redeem(uuid4(), rich, coffee.id)
    redemption.confirm(used.voucher_code, clerk)
    now, before = timezone.now(), fingerprint()

    def send(member: Member, token: str, at=now) -> str:
        client.force_login(member.user)
        scans = json.dumps([{"id": str(uuid4()), "token": token, "scanned_at": at.isoformat()}])
        answer = client.post("/merchant/scans/", scans, content_type="application/json")
        return answer.json()["results"][0]["code"]

    assert send(clerk, signing.sign(used)) == "voucher_used"
    assert send(clerk, signing.sign(voucher) + "A") == "voucher_bad_signature"
    assert send(clerk, signing.sign(voucher), now + timedelta(hours=1)) == "clock_skew"
    assert send(clerk, signing.sign(valuable)) == "connection_needed"
    assert send(make_member(make_merchant("bakery")), signing.sign(voucher)) == "wrong_merchant"
    assert fingerprint() == before
    no_id = json.dumps([{"token": signing.sign(voucher), "scanned_at": now.isoformat()}])
    for body in ("x", "5", "{}", '[{"id": 5}]', no_id):
        answer = client.post("/merchant/scans/", body, content_type="application/json")
        assert answer.status_code == (200 if body == "{}" else 400)
    assert fingerprint() == before


def test_a_scanned_address_leads_to_the_voucher_with_its_digits(valuable, clerk, client):
    client.force_login(clerk.user)
    content = redemption.qr_content(valuable)
    answer = client.post("/merchant/look-up/", {"code": content})
    digits = content.rpartition(".")[2]
    assert answer.url == f"/merchant/v/{valuable.voucher_code}/?digits={digits}"
    page = client.get(answer.url)
    assert page.context["digits"] == digits
    assert page["Permissions-Policy"].startswith("camera=(self)")
    forged = client.post("/merchant/look-up/", {"code": content.replace("#", "#x")})
    assert (forged.status_code, forged.context["problem"].code) == (409, "voucher_bad_signature")


def test_the_phone_gets_what_it_needs_to_show_a_voucher_offline(valuable, rich, client, bob):
    client.force_login(rich.user)
    answer = client.get(f"/api/v1/redemptions/{valuable.id}/voucher").json()
    assert signing.verify(answer["token"]).rotating
    assert vouchers.normalise(answer["voucher_url"]) == valuable.voucher_code
    secret = base64.b32decode(answer["rotation"]["secret"] + "======")
    assert secret == rotation.secret(valuable.id)
    redemption.cancel(valuable.id, rich)
    assert client.get(f"/api/v1/redemptions/{valuable.id}/voucher").json()["code"] == "voucher_cancelled"
    client.force_login(bob.user)
    assert client.get(f"/api/v1/redemptions/{valuable.id}/voucher").status_code == 404


def test_a_cashier_refunds_nothing_and_a_manager_does(voucher, clerk, make_member, cafe, client, rich):
    redemption.confirm(voucher.voucher_code, clerk)
    client.force_login(clerk.user)
    assert client.post(f"/merchant/refund/{voucher.id}/", {"note": "x"}).status_code == 404
    assert client.get("/merchant/people/").status_code == 404
    assert client.get("/merchant/statement/").status_code == 404
    client.force_login(make_member(cafe, "manager").user)
    assert client.get("/merchant/people/").status_code == 404
    assert client.post(f"/merchant/refund/{voucher.id}/", {"note": "x"}).url == "/merchant/"
    assert statements.balance(rich.id) == 100


def test_the_owner_lets_people_in_and_out_but_never_the_last_owner(owner, client, bob):
    client.force_login(owner.user)
    client.post("/merchant/people/add/", {"email": bob.user.email.upper(), "role": "cashier"})
    member = Member.objects.get(user=bob.user)
    assert member.role == "cashier"
    client.post("/merchant/people/add/", {"email": "nobody@example.org", "role": "cashier"})
    assert Member.objects.count() == 2
    client.post(f"/merchant/people/{owner.id}/remove/")
    client.post("/merchant/people/add/", {"email": owner.user.email, "role": "cashier"})
    owner.refresh_from_db()
    assert owner.role == "owner"
    client.post(f"/merchant/people/{member.id}/remove/")
    assert list(Member.objects.all()) == [owner]
