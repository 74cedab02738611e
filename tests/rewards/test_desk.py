"""What the city desk's first page says of merchants and their money, to who may look."""

from datetime import timedelta

import pytest

from config import clock
from rewards import closing, disputes, payouts
from rewards.models import Batch

pytestmark = pytest.mark.django_db
YESTERDAY = clock.city_today() - timedelta(days=1)


@pytest.fixture
def told(client):
    """The notices of rewards that somebody with these rights sees: count and address."""

    def told(user) -> list[tuple[int, str, bool]]:
        client.force_login(user)
        notices = client.get("/admin/").context["notices"]
        return [
            (int("".join(filter(str.isdigit, notice.text))), notice.url, notice.urgent)
            for notice in notices
            if notice.url.startswith("/admin/rewards/")
        ]

    return told


def test_a_quiet_desk_says_nothing(told, django_user_model):
    assert told(django_user_model.objects.create_superuser("staff")) == []


def test_what_waits_is_told_with_its_list(told, use, coffee, cafe, contract, owner, make_offer, client, make_staff):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    disputes.open_about(batch.lines.get(), owner.user, "wrong")
    make_offer(state="proposed")
    make_offer(state="proposed")
    payouts.send([batch.id], "staff")
    payouts.mark(batch.id, Batch.Payout.FAILED, "account closed")
    rights = ["view_batch", "view_merchant", "view_dispute", "view_offer"]
    found = told(make_staff(*rights))
    assert found == [
        (1, "/admin/rewards/batch/?payout__exact=failed", True),
        (1, "/admin/rewards/dispute/?state__exact=open", False),
        (2, "/admin/rewards/offer/?state__exact=proposed", False),
    ]
    for count, address, _urgent in found:
        assert client.get(address).context["cl"].result_count == count
    assert told(make_staff("view_dispute")) == [found[1]]


def test_merchants_that_cannot_be_paid_are_named(
    told, use, coffee, make_merchant, make_contract, cafe, client, make_staff
):
    make_merchant("without-vouchers")
    use(coffee)
    staff = make_staff("view_merchant")
    assert told(staff) == [(1, "/admin/rewards/merchant/?contract=missing", False)]
    answer = client.get("/admin/rewards/merchant/?contract=missing")
    assert list(answer.context["cl"].result_list) == [cafe]
    make_contract(cafe)
    assert told(staff) == []
