"""A reversal is a new transfer; the old one stays, and is reversed once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ledger import holds, reversals, statements
from ledger.models import Code, Transfer
from ledger.posting import Draft, PointsNotEnough, post
from tests.ledger.book import award, fingerprint, holder
from tests.races import at_once

ALICE = holder("alice")


@pytest.mark.django_db
@pytest.mark.usefixtures("sound")
class TestReversal:
    def test_the_points_go_the_other_way_and_the_old_transfer_stays(self):
        draft = award("alice", 7)
        post([draft])
        reversal = Transfer.objects.get(id=reversals.reverse(draft.id))
        assert statements.balance(ALICE) == 0
        assert (reversal.code, reversal.amount, reversal.reference) == (Code.REVERSE, 7, draft.id)
        assert (reversal.debit_account_id, reversal.credit_account_id) == (draft.credit, draft.debit)
        assert Transfer.objects.get(id=draft.id).amount == 7

    def test_a_second_time_changes_nothing(self):
        draft = award("alice", 7)
        post([draft, award("alice", 7)])
        first, before = reversals.reverse(draft.id), fingerprint()
        assert reversals.reverse(draft.id) == first
        assert fingerprint() == before

    def test_the_database_refuses_a_second_reversal_under_another_id(self):
        draft = award("alice", 7)
        post([draft, award("alice", 7)])
        reversals.reverse(draft.id)
        before = fingerprint()
        again = Draft(uuid4(), draft.credit, draft.debit, 7, Code.REVERSE, draft.id)
        with pytest.raises(IntegrityError, match="ledger_reversal_pkey"), transaction.atomic():
            post([again])
        assert fingerprint() == before

    def test_spent_points_are_not_reversed(self):
        draft = award("alice", 7)
        post([draft])
        holds.place(uuid4(), ALICE, 1, timezone.now() + timedelta(days=1))
        before = fingerprint()
        with pytest.raises(PointsNotEnough):
            reversals.reverse(draft.id)
        assert fingerprint() == before

    def test_steps_of_a_hold_and_reversals_are_not_reversed(self):
        draft = award("alice", 7)
        post([draft])
        hold = holds.place(uuid4(), ALICE, 1, timezone.now() + timedelta(days=1))
        holds.release(hold.id)
        reversals.reverse(draft.id)
        before = fingerprint()
        for transfer in Transfer.objects.exclude(id=draft.id):
            with pytest.raises(reversals.TransferNotReversible):
                reversals.reverse(transfer.id)
        assert fingerprint() == before


@pytest.mark.django_db(transaction=True)
def test_one_transfer_reversed_by_twenty_at_once_is_reversed_once():
    draft = award("alice", 7)
    post([draft, award("alice", 7)])
    assert len(set(at_once([lambda: reversals.reverse(draft.id)] * 20))) == 1
    assert statements.balance(ALICE) == 7
    assert Transfer.objects.filter(code=Code.REVERSE).count() == 1
