"""Programmes: what was funded is issued and not a point more, at any number of hands."""

from uuid import uuid4, uuid5

import pytest
from django.db import DatabaseError, connection, transaction

from ledger import audit, budgets, statements
from ledger.budgets import BudgetNotEnough, FundingInvalid, ProgrammeUnlimited, Terms
from ledger.clawback import Clawback, claw_back
from ledger.models import PROGRAMME, BudgetSlice, Chart, Code, Funding, Programme, Transfer
from ledger.posting import Draft, TransferConflict, open_account, post
from tests.ledger.book import fingerprint, holder
from tests.races import at_once

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def sponsor(db) -> Programme:
    return budgets.open_programme(Programme(code="shop", kind="sponsor", name_zh="店", name_en="Shop"))


def fund(programme: Programme, points: int) -> None:
    assert budgets.fund(uuid4(), programme.pk, points, "No. 1", "staff")


def issue(programme: Programme, points: int, wanted: int | None = None) -> int:
    """Draw and award to Alice what was granted, as one batch."""
    with transaction.atomic():
        granted = budgets.draw({programme.pk: points}, {})[programme.pk]
        if granted:
            source, id = open_account(programme.pk, Chart.ISSUANCE), uuid4()
            target = open_account(holder("alice"), Chart.CITIZEN)
            post([Draft(id, source, target, granted, Code.AWARD, id)])
    return granted


def test_funding_is_a_transfer_with_its_paper(sponsor):
    id = uuid4()
    assert budgets.fund(id, sponsor.pk, 1_003, "沪环〔2026〕7号", "li")
    assert not budgets.fund(id, sponsor.pk, 1_003, "沪环〔2026〕7号", "li")
    with pytest.raises(TransferConflict):
        budgets.fund(id, sponsor.pk, 1_004, "沪环〔2026〕7号", "li")
    sponsor.refresh_from_db()
    assert (sponsor.funded_points, sponsor.level_points, budgets.left(sponsor.pk)) == (1_003, 1_003, 1_003)
    assert statements.balance(sponsor.pk, Chart.FUNDING) == -1_003
    assert sorted(BudgetSlice.objects.values_list("left_points", flat=True)) == [125] * 7 + [128]
    assert Funding.objects.get().document == "沪环〔2026〕7号"
    with pytest.raises(DatabaseError), transaction.atomic():
        Funding.objects.update(points=1)


def test_more_than_is_left_cannot_be_withdrawn(sponsor):
    fund(sponsor, 100)
    fund(sponsor, -40)
    before = fingerprint()
    with pytest.raises(BudgetNotEnough) as refusal:
        fund(sponsor, -61)
    assert "60" in refusal.value.fields["points"] and fingerprint() == before
    assert budgets.left(sponsor.pk) == 60


@pytest.mark.parametrize(
    ("points", "document", "field"), [(0, "No. 1", "points"), (5, " ", "document"), (10**16, "x", "points")]
)
def test_funding_names_the_field_that_is_wrong(sponsor, points, document, field):
    with pytest.raises(FundingInvalid) as refusal:
        budgets.fund(uuid4(), sponsor.pk, points, document, "staff")
    assert list(refusal.value.fields) == [field] and not Transfer.objects.exists()


def test_the_city_is_unlimited_until_it_is_limited_and_then_starts_empty(give_points, alice):
    city = Programme.objects.get(pk=PROGRAMME)
    give_points(alice.pk, 70)
    assert budgets.terms() == {}
    with pytest.raises(ProgrammeUnlimited):
        budgets.fund(uuid4(), city.pk, 5, "No. 1", "staff")
    assert budgets.limit(city.pk) and not budgets.limit(city.pk)
    assert budgets.terms() == {PROGRAMME: Terms(100, 0)}
    fund(city, 50)
    assert issue(city, 80) == 50


def test_a_programme_tapers_from_its_threshold_until_it_is_funded_again(sponsor):
    Programme.objects.update(taper_from_percent=20, taper_percent=40)
    fund(sponsor, 1_000)
    issue(sponsor, 799)
    assert budgets.terms()[sponsor.pk] == Terms(100, 201)
    issue(sponsor, 1)
    assert budgets.terms()[sponsor.pk] == Terms(40, 200)
    fund(sponsor, 100)  # 300 are the new 100 %
    assert budgets.terms()[sponsor.pk] == Terms(100, 300)


def test_points_that_are_taken_back_return_to_their_programme(sponsor):
    fund(sponsor, 10)
    issue(sponsor, 10)
    draft = Clawback(uuid4(), holder("alice"), 10, uuid4(), sponsor.pk)
    with transaction.atomic():
        budgets.give_back({sponsor.pk: 10})
        claw_back([draft])
    assert budgets.left(sponsor.pk) == statements.balance(sponsor.pk, Chart.ISSUANCE) == 10


def test_what_was_drawn_comes_back_with_a_rollback(sponsor):
    fund(sponsor, 100)
    with pytest.raises(RuntimeError), transaction.atomic():
        budgets.draw({sponsor.pk: 90}, {})
        raise RuntimeError
    assert budgets.left(sponsor.pk) == 100


@pytest.mark.django_db(transaction=True)
def test_many_hands_never_issue_more_than_was_funded():
    programme = budgets.open_programme(Programme(code="race", kind="sponsor", name_zh="赛", name_en="Race"))
    fund(programme, 1_000)

    def work() -> int:
        return sum(issue(programme, 37) for _turn in range(6))

    granted = at_once([work] * 8)  # 1,776 are wanted
    assert sum(granted) == 1_000
    assert budgets.left(programme.pk) == 0
    assert -statements.balance(programme.pk, Chart.FUNDING) == statements.balance(holder("alice")) == 1_000


@pytest.mark.django_db(transaction=True)
def test_two_programmes_drawn_and_refunded_at_once_never_deadlock():
    pair = [
        budgets.open_programme(
            Programme(id=uuid5(PROGRAMME, name), code=name, kind="sponsor", name_zh=name, name_en=name)
        )
        for name in ("a", "b")
    ]
    for programme in pair:
        fund(programme, 50)

    def work() -> None:
        for _turn in range(10):
            with transaction.atomic():
                granted = budgets.draw({programme.pk: 20 for programme in pair}, {pair[0].pk: 0})
                budgets.give_back(granted)

    def top_up() -> None:
        for _turn in range(5):
            fund(pair[1], 1)

    assert at_once([work] * 5 + [top_up]) == [None] * 6
    assert [budgets.left(programme.pk) for programme in pair] == [50, 55]


def test_the_audit_finds_a_slice_that_was_tampered_with(sponsor):
    fund(sponsor, 10)
    with transaction.atomic():
        BudgetSlice.objects.filter(number=0).update(left_points=9)
        assert audit.run()["budgets_equal_the_book"] == 1
        transaction.set_rollback(True)
    assert connection.in_atomic_block
