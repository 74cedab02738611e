"""Many at the same moment, with real commits: exact counts."""

from collections import Counter
from uuid import uuid4

import pytest

from accounts.models import District
from config.problems import Problem
from ledger import statements
from ledger.models import Chart
from ledger.posting import PointsNotEnough
from rewards import redemption, refusals
from rewards.models import Offer, Redemption, Taken
from tests.races import at_once
from tests.rewards.conftest import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_25_citizens_one_gets_the_last_one(make_citizen, give_points, make_offer):
    last, citizens = make_offer(stock=1), [make_citizen(f"c{number}") for number in range(25)]
    for citizen in citizens:
        give_points(citizen.id, 15)

    outcomes = at_once([lambda c=citizen: redemption.redeem(uuid4(), c, last.id) for citizen in citizens])

    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, refusals.SoldOut) for outcome in outcomes) == 24
    assert_sound()


def test_of_25_citizens_exactly_5_get_the_5_in_stock(make_citizen, give_points, coffee):
    citizens = [make_citizen(f"c{number}") for number in range(25)]
    for citizen in citizens:
        give_points(citizen.id, 15)

    outcomes = at_once([lambda c=citizen: redemption.redeem(uuid4(), c, coffee.id) for citizen in citizens])

    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, refusals.SoldOut) for outcome in outcomes) == 20
    coffee.refresh_from_db()
    assert coffee.stock_left == 0
    assert sorted(statements.balance(citizen.id) for citizen in citizens) == [5] * 5 + [15] * 20
    assert_sound()


@pytest.fixture
def crowd(make_citizen, give_points):
    """Twelve citizens of one district and twelve of another, with points for one each."""
    districts = [District.objects.create(code=code, name_zh=code, name_en=code) for code in ("up", "down")]
    citizens = [make_citizen(f"c{number}", district=districts[number % 2]) for number in range(24)]
    for citizen in citizens:
        give_points(citizen.id, 10)
    return citizens


def counts(outcomes) -> dict[type, int]:
    return dict(Counter(type(outcome) for outcome in outcomes))


def test_a_day_gives_exactly_its_share_to_a_crowd(crowd, make_offer):
    offer = make_offer(stock=100, day_limit=7)
    outcomes = at_once([lambda c=citizen: redemption.redeem(uuid4(), c, offer.id) for citizen in crowd])
    assert counts(outcomes) == {tuple: 7, refusals.SoldOutToday: 17}
    offer.refresh_from_db()
    assert offer.stock_left == 93
    assert Taken.objects.get(scope__startswith="day:").count == 7
    assert_sound()


def test_each_district_gives_exactly_its_share_to_a_crowd(crowd, make_offer):
    offer = make_offer(stock=100, district_limit=5)
    outcomes = at_once([lambda c=citizen: redemption.redeem(uuid4(), c, offer.id) for citizen in crowd])
    assert counts(outcomes) == {tuple: 10, refusals.SoldOutInDistrict: 14}
    shares = Taken.objects.filter(scope__startswith="district:").values_list("count", flat=True)
    assert list(shares) == [5, 5]
    offer.refresh_from_db()
    assert offer.stock_left == 90
    assert_sound()


def test_a_person_who_sends_twenty_at_once_gets_exactly_their_share(rich, make_offer):
    offer = make_offer(stock=100, person_limit=3)
    outcomes = at_once([lambda: redemption.redeem(uuid4(), rich, offer.id)] * 20)
    assert counts(outcomes) == {tuple: 3, refusals.PersonLimitReached: 17}
    assert statements.balance(rich.id) == 70
    offer.refresh_from_db()
    assert offer.stock_left == 97
    assert_sound()


def test_shares_that_are_cancelled_meanwhile_are_given_again_and_never_more(crowd, make_offer):
    offer = make_offer(stock=100, day_limit=6)
    first = [redemption.redeem(uuid4(), citizen, offer.id)[0] for citizen in crowd[:6]]
    back = [lambda m=made, c=citizen: redemption.cancel(m.id, c) for made, citizen in zip(first, crowd, strict=False)]
    more = [lambda c=citizen: redemption.redeem(uuid4(), c, offer.id) for citizen in crowd[6:]]
    outcomes = counts(at_once(back[:4] + more))
    assert outcomes[Redemption] == 4 and outcomes.get(tuple, 0) <= 4
    assert outcomes.get(tuple, 0) + outcomes.get(refusals.SoldOutToday, 0) == 18
    assert Taken.objects.get(scope__startswith="day:").count == 2 + outcomes.get(tuple, 0)
    assert_sound()


def test_one_voucher_confirmed_by_twenty_is_paid_once(voucher, clerk, cafe):
    outcomes = at_once([lambda: redemption.confirm(voucher.voucher_code, clerk)] * 20)
    assert sum(isinstance(outcome, Redemption) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, refusals.VoucherUsed) for outcome in outcomes) == 19
    assert statements.balance(cafe.id, Chart.MERCHANT) == 10
    assert_sound()


def test_digits_guessed_by_twenty_at_once_are_tried_five_times(rich, make_offer, clerk):
    made, _new = redemption.redeem(uuid4(), rich, make_offer(rotating=True).id)
    outcomes = at_once([lambda: redemption.confirm(made.voucher_code, clerk, "12345")] * 20)
    assert sum(isinstance(outcome, refusals.RotatingCodeWrong) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, refusals.TriesSpent) for outcome in outcomes) == 15
    assert_sound()


@pytest.mark.parametrize("stock", [1, 5])
def test_one_request_sent_fifty_times_is_one_redemption_with_one_answer(rich, make_offer, stock):
    offer, id = make_offer(stock=stock), uuid4()

    outcomes = at_once([lambda: redemption.redeem(id, rich, offer.id)] * 50)

    assert sum(new for _made, new in outcomes) == 1
    assert len({(made.id, made.voucher_code, made.expires_at) for made, _new in outcomes}) == 1
    offer.refresh_from_db()
    assert offer.stock_left == stock - 1
    assert statements.balance(rich.id) == 90
    assert_sound()


def test_one_id_for_two_offers_at_once_is_one_redemption(rich, make_offer):
    pair, id = [make_offer(), make_offer()], uuid4()
    outcomes = at_once([lambda o=offer: redemption.redeem(id, rich, o.id) for offer in pair * 5])
    winners = {made.offer_id for made, _new in (outcome for outcome in outcomes if isinstance(outcome, tuple))}
    assert len(winners) == 1
    assert sum(isinstance(outcome, refusals.RedemptionConflict) for outcome in outcomes) == 5
    assert statements.balance(rich.id) == 90
    assert_sound()


def test_points_for_one_and_two_offers_at_once(alice, give_points, make_offer):
    give_points(alice.id, 10)
    pair = [make_offer(), make_offer()]
    outcomes = at_once([lambda o=offer: redemption.redeem(uuid4(), alice, o.id) for offer in pair])
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, PointsNotEnough) for outcome in outcomes) == 1
    assert statements.balance(alice.id) == 0
    assert sum(offer.stock_left for offer in Offer.objects.all()) == 9
    assert_sound()


def test_a_voucher_confirmed_cancelled_and_expired_at_once_ends_one_way(voucher, clerk, rich, make_due):
    outcomes = at_once(
        [
            lambda: redemption.confirm(voucher.voucher_code, clerk),
            lambda: redemption.cancel(voucher.id, rich),
            redemption.expire_due,
        ]
        * 4
    )
    voucher.refresh_from_db()
    assert voucher.state in {Redemption.State.CONFIRMED, Redemption.State.CANCELLED}
    surprises = [o for o in outcomes if not isinstance(o, Redemption | int | Problem)]
    assert surprises == []
    assert_sound()


def test_expiry_run_by_five_at_once_returns_points_once(rich, coffee, make_due):
    for _ in range(5):
        make_due(redemption.redeem(uuid4(), rich, coffee.id)[0])
    assert sum(at_once([redemption.expire_due] * 5)) == 5
    assert statements.balance(rich.id) == 100
    coffee.refresh_from_db()
    assert coffee.stock_left == 5
    assert_sound()
