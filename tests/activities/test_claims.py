"""One reduction, one claim: whose it may become, and that it never becomes two parties'."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from activities import claims, crediting
from activities.claims import AlreadyClaimed, NotClaimable
from activities.models import Activity, Claim, Contract, Reduction, Scenario
from tests.activities.conftest import rides, take_in
from tests.races import at_once

PERSONAL, PARTNER, POINTS = Claim.Pool.PERSONAL, Claim.Pool.PARTNER, Claim.Pool.POINTS_ONLY


@pytest.fixture
def ride(alice, bike_feed, link) -> Reduction:
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    return Reduction.objects.get()


@pytest.fixture
def contract(bike_feed):
    def sign(claim: str, **values) -> Contract:
        return Contract.objects.create(
            partner=bike_feed.partner, number=str(uuid4()), claim=claim, **{"valid_from": date(2016, 1, 1), **values}
        )

    return sign


def insert(reduction: Reduction, pool: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO activities_claim (id, citizen_id, reduction_id, pool) VALUES (%s, %s, %s, %s)",
            [uuid4(), reduction.citizen_id, reduction.pk, pool],
        )


def refused(reduction: Reduction, pool: Claim.Pool, reason: str) -> None:
    """By the station, by the ORM and by SQL, and nothing is written."""
    with pytest.raises(NotClaimable) as refusal:
        claims.claim([reduction], pool, None)
    assert refusal.value.extra == {"reason": reason}
    with pytest.raises(IntegrityError, match=reason), transaction.atomic():
        Claim.objects.create(citizen_id=reduction.citizen_id, reduction_id=reduction.pk, pool=pool)
    with pytest.raises(IntegrityError, match=reason):
        insert(reduction, pool)
    assert not Claim.objects.exists()


def test_a_waived_ride_is_claimed_once(ride, contract):
    contract("citizen")
    assert claims.claim([ride], PERSONAL, None) == 1
    for pool in (PERSONAL, POINTS):
        with pytest.raises(AlreadyClaimed):
            claims.claim([ride], pool, None)
        with pytest.raises(IntegrityError, match="one_claim_per_reduction"):
            insert(ride, pool)
    assert Claim.objects.get().pool == "personal"


@pytest.mark.parametrize("waiver", [{}, {"claim": "partner"}, {"claim": "city", "valid_until": date(2016, 7, 31)}])
def test_rides_of_a_partner_that_does_not_waive_stay_out_of_the_citizens_pool(ride, contract, waiver):
    if waiver:
        contract(waiver.pop("claim"), **waiver)
    refused(ride, PERSONAL, "not_waived")
    assert claims.claim([ride], PARTNER, None) == 1


def test_one_contract_that_keeps_the_claim_outweighs_one_that_waives(ride, contract):
    contract("citizen")
    contract("partner")
    refused(ride, PERSONAL, "not_waived")


def test_a_partner_that_waived_has_no_claim(ride, contract):
    contract("city")
    refused(ride, PARTNER, "waived")


def test_what_is_not_poolable_may_only_be_kept_as_points(ride, contract):
    contract("citizen")
    Scenario.objects.filter(code="shared-bike").update(poolable=False)
    refused(ride, PERSONAL, "not_poolable")
    assert claims.claim([ride], POINTS, None) == 1


def test_weak_evidence_is_not_pooled(ride, contract):
    contract("citizen")
    Activity.objects.update(evidence="self_declared")
    refused(ride, PERSONAL, "evidence_too_weak")


def test_what_was_reversed_is_not_claimed(ride, contract):
    contract("citizen")
    crediting.book([crediting.Entry.reverse(ride, Reduction.Cause.CANCELLED)])
    refused(ride, PERSONAL, "reversed")
    refused(ride, POINTS, "reversed")


def test_somebody_elses_reduction_is_no_reduction(ride, bob):
    ride.citizen_id = bob.pk
    refused(ride, POINTS, "no_reduction")


def test_all_are_claimed_or_none(ride, bike_feed, contract):
    take_in(bike_feed, rides(("2", "7", "2016-08-02 08:00", "2016-08-02 08:10", "1.5")), "second.csv")
    contract("citizen", valid_until=date(2016, 8, 1))
    with pytest.raises(NotClaimable):
        claims.claim(list(Reduction.objects.all()), PERSONAL, None)
    assert not Claim.objects.exists()


def test_claims_are_append_only(ride):
    claims.claim([ride], POINTS, None)
    for statement in ("UPDATE activities_claim SET pool = 'partner'", "DELETE FROM activities_claim"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Claim.objects.get().delete()


def test_the_desk_asks_before_it_claims_and_says_why_not(ride, contract, client, make_staff):
    client.force_login(make_staff("desk"))
    values = {"action": "claim_personal", "_selected_action": [str(ride.pk)]}
    address = "/admin/activities/reduction/"
    assert 'name="confirmed"' in client.post(address, values).content.decode()
    page = client.post(address, values | {"confirmed": "yes"}, follow=True, headers={"accept-language": "en"})
    assert "has not waived its claim" in page.content.decode()
    assert not Claim.objects.exists()
    contract("citizen")
    client.post(address, values | {"confirmed": "yes"})
    assert Claim.objects.get().by.username == "desk"
    assert client.get("/admin/activities/claim/").status_code == 200
    client.force_login(make_staff("clerk", "view_reduction"))
    client.post(address, values | {"confirmed": "yes"})
    assert Claim.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_pools_that_claim_at_once_do_not_share(ride):
    outcomes = at_once([lambda pool=pool: claims.claim([ride], pool, None) for pool in (PARTNER, POINTS, PARTNER)])
    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["AlreadyClaimed", "AlreadyClaimed", "int"]
    assert Claim.objects.count() == 1
