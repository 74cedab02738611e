"""Donations: what arrived, and for which gifts."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction

from rewards import donations, redemption, refusals
from rewards.admin.evidence import HandoverForm
from rewards.models import Handover, Offer, Redemption
from tests.rewards.test_lottery_and_trees import JPEG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def cause(make_offer) -> Offer:
    return make_offer(kind="donation", stock=100, price_points=5, value_fen=200)


@pytest.fixture
def gifts(rich, cause) -> list[Redemption]:
    """Three gifts of Alice, the oldest first."""
    return [redemption.redeem(uuid4(), rich, cause.id)[0] for _ in range(3)]


def arrived(offer: Offer, gifts: int, photo: bytes = JPEG, **fields) -> Handover:
    handover = Handover(
        offer=offer,
        gifts=gifts,
        amount_fen=gifts * 200,
        received_on=date(2026, 11, 1),
        use_zh="添置了手套。",
        use_en="Gloves were bought.",
        receipt=f"R-{uuid4().hex[:6]}",
        **fields,
    )
    return donations.record(handover, ContentFile(photo, "x.jpg"))


def test_the_oldest_gifts_are_tied_to_what_arrived(rich, cause, gifts):
    first = arrived(cause, 2)
    assert [redemption.find(each.id, rich).handover for each in gifts] == [first, first, None]
    assert donations.handed_over(cause) == donations.HandedOver(gifts=2, amount_fen=400)
    second = arrived(cause, 1)
    assert redemption.find(gifts[2].id, rich).handover == second
    assert donations.handed_over(cause) == donations.HandedOver(gifts=3, amount_fen=600)


def test_more_than_was_given_and_what_is_no_photo_are_refused(rich, cause, gifts):
    with pytest.raises(refusals.GiftsNotGiven):
        arrived(cause, 4)
    with pytest.raises(refusals.PhotoUnfit):
        arrived(cause, 1, photo=b"<svg onload=alert(1)>")
    assert not Handover.objects.exists()
    assert not Redemption.objects.exclude(handover=None).exists()


def test_the_desk_says_so_in_the_form(cause, gifts):
    data = {"offer": cause.pk, "gifts": 4, "amount_fen": 800, "received_on": "2026-11-01", "receipt": "R-1"}
    words = {"use_zh": "手套", "use_en": "Gloves"}
    fields = [*data, *words, "photo"]
    form_class = type("Form", (HandoverForm,), {"Meta": type("Meta", (), {"model": Handover, "fields": fields})})
    form = form_class({**data, **words}, {"photo": ContentFile(b"GIF89a", "x.gif")})
    assert form.errors.as_data().keys() == {"gifts", "photo"}
    assert form_class({**data, **words, "gifts": 3}, {"photo": ContentFile(JPEG, "x.jpg")}).is_valid()


def test_a_gift_is_handed_over_once_and_to_its_own_cause(cause, gifts, make_offer, rich):
    handover = arrived(cause, 1)
    other = make_offer(kind="donation", stock=5, price_points=5)
    stray, _new = redemption.redeem(uuid4(), rich, other.id)
    changes = [
        lambda: Redemption.objects.filter(id=gifts[0].id).update(handover=None),
        lambda: Redemption.objects.filter(id=stray.id).update(handover=handover),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="not for this handover"), transaction.atomic():
            change()
    assert list(Redemption.objects.exclude(handover=None)) == [gifts[0]]


def test_pages_tell_what_arrived(client, rich, cause, gifts):
    client.force_login(rich.user)
    client.cookies["tanpuhui_language"] = "en"
    before = client.get(f"/rewards/{cause.id}/").content.decode()
    assert "As soon as Corner Café confirms what arrived" in before
    handover = arrived(cause, 2)
    public = client.get(f"/rewards/{cause.id}/").content.decode()
    assert "¥4.00 for 2 gifts has arrived at Corner Café." in public and handover.receipt in public
    mine = client.get(f"/vouchers/{gifts[0].id}/").content.decode()
    assert "Gloves were bought." in mine and handover.receipt in mine
    waiting = client.get(f"/vouchers/{gifts[2].id}/").content.decode()
    assert handover.receipt not in waiting and "Once Corner Café has confirmed it" in waiting
    photo = client.get(f"/handovers/{handover.id}/photo")
    assert (photo["Content-Type"], b"".join(photo.streaming_content)) == ("image/jpeg", JPEG)


def test_the_app_reads_what_arrived(client, rich, cause, gifts):
    client.force_login(rich.user)
    address = f"/api/v1/redemptions/{gifts[0].id}"
    assert client.get(address).json()["handover"] is None
    handover = arrived(cause, 2)
    shown = client.get(address).json()["handover"]
    assert (shown["gifts"], shown["amount_fen"], shown["receipt"]) == (2, 400, handover.receipt)
    photo = client.get(f"/api/v1/handovers/{handover.id}/photo")
    assert photo.status_code == 200
    b"".join(photo.streaming_content)
    client.logout()
    assert client.get(f"/api/v1/handovers/{handover.id}/photo").status_code == 401
