"""Draws that anybody can repeat, and trees with evidence."""

import hashlib
import hmac
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from ledger import holds, statements
from ledger.models import Chart
from rewards import jobs, lotteries, offers, redemption, refusals, trees
from rewards.models import Lottery, Offer, Planting, Redemption
from tests.rewards.conftest import end

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 20


@pytest.fixture
def tombola(make_offer) -> Offer:
    """Two of a scarce thing, drawn; one entry a person."""
    offer = make_offer(allocation="lottery", stock=2, person_limit=1, state="draft")
    return offers.move(offer, Offer.State.PUBLISHED, None)


@pytest.fixture
def entries(tombola, make_citizen, give_points):
    """Five entries of five citizens with 15 points each."""
    made = []
    for number in range(5):
        citizen = make_citizen(f"c{number}")
        give_points(citizen.id, 15)
        made.append(redemption.redeem(uuid4(), citizen, tombola.id)[0])
    return made


def test_an_entry_sets_points_aside_and_takes_no_stock(tombola, entries, fingerprint):
    assert {entry.state for entry in entries} == {"entered"}
    assert statements.balance(entries[0].citizen_id, Chart.HELD) == 10
    tombola.refresh_from_db()
    assert tombola.stock_left == 2
    before = fingerprint()
    with pytest.raises(refusals.VoucherUnknown):
        redemption.require_usable(entries[0])
    assert lotteries.draw_due() == 0  # not over yet
    assert fingerprint() == before
    assert not Lottery.objects.get().seed_shown


def test_the_draw_is_what_everybody_can_draw_from_what_is_published(tombola, entries, client, alice):
    committed = Lottery.objects.get().seed_hash
    end(tombola)
    jobs.draw_lotteries(0)

    client.force_login(alice.user)
    shown = client.get(f"/rewards/{tombola.id}/draw/?as=json").json()
    assert hashlib.sha256(shown["seed"].encode()).hexdigest() == shown["seed_hash"] == committed
    again = sorted(shown["entries"], key=lambda e: hmac.new(shown["seed"].encode(), e.encode(), "sha256").digest())[:2]
    assert again == shown["winners"]
    assert sorted(shown["entries"]) == sorted(str(entry.id) for entry in entries)
    won = Redemption.objects.filter(state="reserved")
    assert {str(each.id) for each in won} == set(again)
    lost = Redemption.objects.filter(state="lost")
    assert (won.count(), lost.count()) == (2, 3)
    assert {statements.balance(each.citizen_id) for each in lost} == {15}
    assert {statements.balance(each.citizen_id) for each in won} == {5}
    tombola.refresh_from_db()
    assert (tombola.stock_left, tombola.state) == (0, "ended")
    assert client.get(f"/rewards/{tombola.id}/draw/").status_code == 200


def test_a_winner_uses_the_voucher(tombola, entries, clerk):
    end(tombola)
    lotteries.draw_due()
    won = Redemption.objects.filter(state="reserved").first()
    assert redemption.confirm(won.voucher_code, clerk).state == "confirmed"


def test_a_draw_that_died_midway_goes_on_with_the_same_winners(tombola, entries):
    end(tombola)
    drawn = lotteries.draw(tombola.id)
    winners = lotteries.choose(drawn.seed_shown, drawn.entries, drawn.winners)
    lotteries._tell_one(tombola.id, entries[0].id, wins=str(entries[0].id) in winners)
    assert lotteries.draw_due() == 4
    assert lotteries.draw_due() == 0
    assert {str(each.id) for each in Redemption.objects.filter(state="reserved")} == set(winners)


def test_an_entry_that_cannot_be_told_stops_no_other(tombola, entries, monkeypatch, caplog):
    end(tombola)
    real = lotteries._tell_one

    def refuse_the_first(offer_id, entry, *, wins):
        if entry == entries[0].id:
            raise holds.HoldClosed
        real(offer_id, entry, wins=wins)

    with monkeypatch.context() as stuck:
        stuck.setattr(lotteries, "_tell_one", refuse_the_first)
        assert lotteries.draw_due() == 4
    assert str(entries[0].id) in caplog.text
    assert list(Redemption.objects.filter(state="entered")) == [entries[0]]
    assert lotteries.draw_due() == 1


def test_nobody_enters_after_the_end(tombola, entries, rich, fingerprint):
    end(tombola)
    lotteries.draw_due()
    before = fingerprint()
    with pytest.raises(refusals.OfferOver):
        redemption.redeem(uuid4(), rich, tombola.id)
    assert fingerprint() == before


@pytest.mark.parametrize("state", ["published", "paused", "ended"])
def test_the_end_of_a_published_lottery_stays(tombola, state):
    Offer.objects.filter(id=tombola.id).update(state=state)
    with pytest.raises(IntegrityError, match="its end stays"), transaction.atomic():
        Offer.objects.filter(id=tombola.id).update(ends_at=timezone.now() + timedelta(days=99))


def test_the_end_of_a_draft_moves(make_offer):
    offer = make_offer(allocation="lottery", state="draft")
    assert Offer.objects.filter(id=offer.id).update(ends_at=timezone.now() + timedelta(days=99)) == 1


def test_publishing_again_keeps_the_seed(tombola):
    first = Lottery.objects.get().seed_hash
    lotteries.commit(tombola)
    assert Lottery.objects.get().seed_hash == first


@pytest.fixture
def grove(make_offer) -> Offer:
    """Three shares plant a tree."""
    return make_offer(kind="tree", tree_shares=3, stock=100, price_points=5)


def plant(offer: Offer, trees_: int = 1, photo: bytes = JPEG) -> Planting:
    planting = Planting(
        offer=offer,
        trees=trees_,
        planted_on=date(2026, 11, 1),
        species_zh="樟树",
        species_en="Camphor",
        place_zh="青山",
        place_en="Green Hill",
        latitude_e6=30_274_000,
        longitude_e6=120_155_000,
        certificate=f"T-{uuid4().hex[:6]}",
    )
    return trees.record(planting, ContentFile(photo, "x.jpg"))


def test_shares_are_tied_to_the_planting_they_paid_for_oldest_first(rich, grove, client):
    made = [redemption.redeem(uuid4(), rich, grove.id)[0] for _ in range(4)]
    first = plant(grove)
    assert [redemption.find(each.id, rich).planting for each in made] == [first, first, first, None]
    second = plant(grove)
    assert redemption.find(made[3].id, rich).planting == second
    late, _new = redemption.redeem(uuid4(), rich, grove.id)
    assert trees.assign_all() == 1
    assert redemption.find(late.id, rich).planting == second
    client.force_login(rich.user)
    page = client.get(f"/vouchers/{made[0].id}/").content.decode()
    assert first.certificate in page
    public = client.get(f"/rewards/{grove.id}/").content.decode()
    assert first.certificate in public and second.certificate in public
    photo = client.get(f"/plantings/{first.id}/photo")
    assert (photo["Content-Type"], b"".join(photo.streaming_content)) == ("image/jpeg", JPEG)


def test_evidence_is_never_changed_and_a_photo_is_a_picture(grove):
    plant(grove)
    for change in (lambda: Planting.objects.update(trees=9), lambda: Planting.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    with pytest.raises(refusals.PhotoUnfit):
        plant(grove, photo=b"<svg onload=alert(1)>")
    assert Planting.objects.count() == 1


def test_the_app_reads_a_draw_before_and_after(client, rich, make_offer):
    offer = make_offer(30, 1, allocation="lottery", state="draft")
    offers.move(offer, Offer.State.PUBLISHED, None)
    made, _new = redemption.redeem(uuid4(), rich, offer.id)
    address = f"/api/v1/offers/{offer.id}/draw"
    assert client.get(address).status_code == 401
    client.force_login(rich.user)
    before = client.get(address).json()
    assert (before["seed"], before["entries"], before["winners"], before["drawn_at"]) == ("", [], [], None)
    assert before["own"] == [{"id": str(made.id), "state": "entered"}]
    end(offer)
    lotteries.draw_due()
    after = client.get(address).json()
    assert after["seed_hash"] == before["seed_hash"] == hashlib.sha256(after["seed"].encode()).hexdigest()
    assert lotteries.choose(after["seed"], after["entries"], 1) == after["winners"] == [str(made.id)]
    assert after["own"] == [{"id": str(made.id), "state": "reserved"}]
    assert client.get(f"/api/v1/offers/{make_offer().id}/draw").status_code == 404


def test_the_app_reads_the_evidence_of_a_share(client, rich, make_offer):
    offer = make_offer(10, 5, kind="tree", tree_shares=2)
    made, _new = redemption.redeem(uuid4(), rich, offer.id)
    client.force_login(rich.user)
    shown = client.get(f"/api/v1/redemptions/{made.id}").json()
    assert (shown["tree_shares"], shown["planting"]) == (2, None)
    planting = plant(offer)
    shown = client.get(f"/api/v1/redemptions/{made.id}").json()["planting"]
    assert (shown["certificate"], shown["trees"]) == (planting.certificate, planting.trees)
    photo = client.get(shown["photo"].removeprefix("http://127.0.0.1:8000"))
    assert photo.status_code == 200 and photo["Content-Type"].startswith("image/")
    b"".join(photo.streaming_content)
    client.logout()
    assert client.get(f"/api/v1/plantings/{planting.id}/photo").status_code == 401
