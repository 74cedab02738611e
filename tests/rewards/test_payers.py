"""Who is asked for the money of the settlements closed in a month."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from config import clock
from ledger import budgets
from ledger.models import Programme
from rewards import closing, disputes, payers, redemption
from rewards.models import Offer, Redemption
from rewards.payers import Owed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound", "english")]
YESTERDAY = clock.city_today() - timedelta(days=1)
MONTH = clock.city_today().replace(day=1)


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def bank(db) -> Programme:
    names = {"name_zh": "示范银行", "name_en": "Demo Bank"}
    return budgets.open_programme(Programme(code="bank", kind=Programme.Kind.SPONSOR, **names))


@pytest.fixture
def sponsored(make_offer, bank) -> Offer:
    return make_offer(funder="sponsor", sponsor="Demo Bank", programme=bank)


def test_each_payer_owes_what_it_promised(use, coffee, sponsored, make_offer, cafe, contract):
    use(coffee)
    use(coffee)
    use(sponsored)
    use(make_offer(funder="merchant"))
    use(make_offer(funder="sponsor", sponsor="A bank of before"))
    assert payers.owed(MONTH) == []  # nothing is closed yet
    closing.close(cafe, YESTERDAY)
    assert payers.owed(MONTH) == [
        Owed("the city", 2, 0, 3100, 78),
        Owed("Demo Bank", 1, 0, 1550, 39),
        Owed("A bank of before", 1, 0, 1550, 39),
    ]
    assert payers.owed(clock.month_later(MONTH, 1)) == payers.owed(clock.month_later(MONTH, -1)) == []


def test_refunds_and_corrections_are_the_payers_and_what_is_carried_counts_once(use, sponsored, cafe, contract, owner):
    kept, back = use(sponsored, 4), use(sponsored, 4)
    first = closing.close(cafe, YESTERDAY - timedelta(days=2))
    line = first.lines.get(redemption_id=kept.id)
    disputes.settle(disputes.open_about(line, owner.user, "wrong").id, -2000, "It was.")
    redemption.refund(back.id, owner, "spoilt")
    Redemption.objects.filter(id=back.id).update(refunded_at=clock.day_start(YESTERDAY - timedelta(days=1)))
    second = closing.close(cafe, YESTERDAY - timedelta(days=1))
    assert (second.net_fen, second.payout) == (-2000 - 1550 + 39, "carried")
    third = closing.close(cafe, YESTERDAY)
    assert [each.kind for each in third.lines.all()] == ["carry"]
    assert payers.owed(MONTH) == [Owed("Demo Bank", 2, 1, 3100 - 2000 - 1550, 39)]


def test_a_redemption_keeps_the_programme_of_its_moment(sponsored, use, bank):
    made = use(sponsored)
    other = budgets.open_programme(Programme(code="other", kind="sponsor", name_zh="另", name_en="Other"))
    with pytest.raises(IntegrityError, match="was published"), transaction.atomic():
        Offer.objects.filter(id=sponsored.id).update(programme=other)
    Offer.objects.filter(id=sponsored.id).update(state="paused")
    Offer.objects.filter(id=sponsored.id).update(programme=other)
    assert Redemption.objects.get(id=made.id).programme == bank


def test_a_programme_is_of_a_sponsor(make_offer, bank):
    with pytest.raises(IntegrityError, match="offer_programme_is_of_a_sponsor"), transaction.atomic():
        make_offer(programme=bank)


def test_the_desk_sees_the_sums_and_downloads_them(use, sponsored, cafe, contract, client, make_staff):
    use(sponsored)
    closing.close(cafe, YESTERDAY)
    client.force_login(make_staff())
    assert client.get("/admin/rewards/batch/payers/").status_code == 403
    client.force_login(make_staff("view_batch"))
    page = client.get(f"/admin/rewards/batch/payers/?month={MONTH:%Y-%m}").content.decode()
    assert "示范银行" in page and "15.50" in page
    assert "示范银行" not in client.get("/admin/rewards/batch/payers/?month=2020-01").content.decode()
    answer = client.get(f"/admin/rewards/batch/payers/?month={MONTH:%Y-%m}&csv=1")
    assert answer["Content-Disposition"] == f'attachment; filename="payers-{MONTH:%Y-%m}.csv"'
    assert answer.content.decode().splitlines()[1] == "示范银行,1,0,15.50,0.39"
