"""Offers for a level or for a group."""

import threading
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection, transaction

from accounts import groups
from accounts.models import Group, Membership, Standing
from config import clock
from rewards import offers, redemption, refusals
from rewards.models import Redemption

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def november(monkeypatch) -> None:
    monkeypatch.setattr(clock, "city_today", lambda: TODAY)


@pytest.fixture
def reach(db):
    def make(citizen, level: int | None, month: date = date(2026, 11, 1)) -> Standing:
        return Standing.objects.create(citizen_id=citizen.pk, month=month, level_id=level, reduction_mg=1)

    return make


@pytest.fixture
def depot(db) -> Group:
    return Group.objects.create(kind="company", name="Tram depot")


def written(offer) -> tuple[int, int]:
    offer.refresh_from_db()
    return offer.stock_left, Redemption.objects.count()


def test_an_offer_for_a_level_refuses_who_has_not_reached_it(rich, make_offer, reach):
    offer = make_offer(min_level_id=3)
    reach(rich, 5, date(2026, 9, 1))
    reach(rich, 2)
    with pytest.raises(refusals.LevelNeeded):
        redemption.redeem(uuid4(), rich, offer.id)
    assert written(offer) == (5, 0)


@pytest.mark.parametrize("month", [date(2026, 10, 1), date(2026, 11, 1)])
@pytest.mark.parametrize("level", [3, 5])
def test_the_level_of_this_month_or_of_the_last_opens_it(rich, make_offer, reach, month, level):
    offer = make_offer(min_level_id=3)
    reach(rich, level, month)
    redemption.redeem(uuid4(), rich, offer.id)
    assert written(offer) == (4, 1)


def test_somebody_elses_level_opens_nothing(rich, bob, make_offer, reach):
    reach(bob, 5)
    with pytest.raises(refusals.LevelNeeded):
        redemption.redeem(uuid4(), rich, make_offer(min_level_id=1).id)


def test_a_level_that_was_lost_keeps_what_was_redeemed_and_answers_a_repeat_alike(rich, make_offer, reach):
    offer, sent = make_offer(min_level_id=3), uuid4()
    own = reach(rich, 3)
    redemption.redeem(sent, rich, offer.id)
    own.delete()
    made, new = redemption.redeem(sent, rich, offer.id)
    assert (made.id, new) == (sent, False)
    with pytest.raises(refusals.LevelNeeded):
        redemption.redeem(uuid4(), rich, offer.id)


def test_an_offer_for_a_level_is_seen_by_all_and_after_what_one_may_have(rich, make_offer, reach):
    dear, cheap = make_offer(price_points=90), make_offer(price_points=1, min_level_id=2)
    assert [(offer.id, offer.eligible) for offer in offers.open_now(100, rich)] == [(dear.id, True), (cheap.id, False)]
    reach(rich, 2)
    assert [(offer.id, offer.eligible) for offer in offers.open_now(100, rich)] == [(cheap.id, True), (dear.id, True)]


def test_an_offer_for_a_group_is_seen_by_its_members_only(client, rich, make_offer, depot):
    offer = make_offer(group=depot)
    client.force_login(rich.user)
    assert not offers.published(rich).exists()
    assert client.get(f"/rewards/{offer.id}/").status_code == 404
    assert client.get(f"/api/v1/offers/{offer.id}").status_code == 404
    Membership.objects.create(group=depot, citizen=rich)
    assert "Tram depot" in client.get(f"/rewards/{offer.id}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    shown = client.get(f"/api/v1/offers/{offer.id}").json()
    assert (shown["group"], shown["min_level"], shown["eligible"]) == ("Tram depot", None, True)


def test_a_group_that_ended_leaves_an_offer_that_nobody_may_have(rich, make_offer, make_person_owner):
    own = make_person_owner
    offer = make_offer(group=own.group)
    groups.leave(own)
    assert not offers.published(rich).exists()
    with pytest.raises(refusals.NotEligible):
        redemption.redeem(uuid4(), rich, offer.id)
    assert written(offer) == (5, 0)


@pytest.fixture
def make_person_owner(rich, depot) -> Membership:
    return Membership.objects.create(group=depot, citizen=rich, role=Membership.Role.OWNER)


def test_the_page_says_which_level_is_needed_and_offers_no_button(client, rich, make_offer, reach):
    offer = make_offer(min_level_id=3)
    client.force_login(rich.user)
    page = client.get(f"/rewards/{offer.id}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "From level 3, Sapling" in page
    assert "Redeem for" not in page
    reach(rich, 4)
    assert "Redeem for" in client.get(f"/rewards/{offer.id}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_the_app_is_refused_with_a_stable_code_in_both_languages(client, rich, make_offer):
    client.force_login(rich.user)
    offer = make_offer(min_level_id=3)
    said = []
    for tongue in ("en", "zh-hans"):
        answer = client.put(
            f"/api/v1/redemptions/{uuid4()}",
            {"offer": str(offer.id)},
            content_type="application/json",
            HTTP_ACCEPT_LANGUAGE=tongue,
        )
        said.append((answer.status_code, answer.json()["code"], answer.json()["title"]))
    assert [part[:2] for part in said] == [(403, "level_needed")] * 2
    assert said[1][2] == "此优惠需要更高的等级，按您本月或上月的等级判断。"
    assert written(offer) == (5, 0)


@pytest.mark.django_db(transaction=True)
def test_a_level_set_while_a_redemption_waits_for_the_offer_counts(rich, make_offer):
    """The rule is looked at when the offer's row is held, so that no redemption slips past a change it waited for."""
    offer, outcome = make_offer(), []

    def redeem() -> None:
        try:
            redemption.redeem(uuid4(), rich, offer.id)
        except refusals.LevelNeeded as refusal:
            outcome.append(refusal.code)
        finally:
            connection.close()

    with transaction.atomic():
        offers.lock(offer.id)
        waiting = threading.Thread(target=redeem)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
        type(offer).objects.filter(id=offer.id).update(min_level_id=3)
    waiting.join(timeout=10)
    assert outcome == ["level_needed"]
    assert written(offer) == (5, 0)
