"""Whatever happens in whatever order: points are conserved, balances fold, refusals leave no trace."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from config.problems import Problem
from ledger import audit, clawback, holds, reversals, statements
from ledger.clawback import Clawback
from ledger.models import PROGRAMME, Chart
from ledger.posting import PointsNotEnough, TransferConflict, open_account, post
from tests.ledger.book import award, fingerprint, holder, otherwise, payment

NAMES = ["alice", "bob", "carol"]
LATER = datetime(2100, 1, 1, tzinfo=UTC)
names, amounts = st.sampled_from(NAMES), st.integers(1, 40)


class Book(RuleBasedStateMachine):
    """The book beside a model of it: plain counters."""

    drafts, open_holds, closed_holds = Bundle("drafts"), Bundle("open_holds"), Bundle("closed_holds")

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.spendable: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.owed: Counter[str] = Counter()
        self.given: dict[UUID, tuple[str, int]] = {}
        self.issued = self.earned = 0
        for name in NAMES:
            open_account(holder(name), Chart.CITIZEN)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def refused(self, problem: type[Exception], call) -> None:
        before = fingerprint()
        with pytest.raises(problem):
            call()
        assert fingerprint() == before

    @rule(target=drafts, name=names, amount=amounts)
    def award(self, name, amount):
        draft = award(name, amount)
        assert post([draft]) == 1
        self.fill(name, amount)
        self.issued += amount
        self.given[draft.id] = (name, amount)
        return draft

    def fill(self, name, amount):
        repaid = min(self.owed[name], amount)
        self.owed[name] -= repaid
        self.spendable[name] += amount - repaid

    @rule(drafts=st.lists(st.tuples(names, amounts), min_size=1, max_size=4))
    def claw_back(self, drafts):
        wanted = sorted(
            ((Clawback(uuid4(), holder(name), amount, uuid4()), name) for name, amount in drafts),
            key=lambda pair: pair[0].id,
        )
        answers = clawback.claw_back([draft for draft, _name in reversed(wanted)])
        for (draft, name), answer in zip(wanted, answers, strict=True):
            taken = min(self.spendable[name], draft.amount)
            assert (answer.id, answer.taken, answer.owed) == (draft.id, taken, draft.amount - taken)
            self.spendable[name] -= taken
            self.owed[name] += draft.amount - taken
            self.issued -= draft.amount
        before = fingerprint()
        assert clawback.claw_back([draft for draft, _name in wanted]) == answers
        assert fingerprint() == before

    @rule(draft=drafts)
    def reverse(self, draft):
        name, amount = self.given[draft.id]
        if amount > self.spendable[name]:
            self.refused(PointsNotEnough, lambda: reversals.reverse(draft.id))
            return
        reversals.reverse(draft.id)
        self.spendable[name] -= amount
        self.issued -= amount
        self.given[draft.id] = (name, 0)
        before = fingerprint()
        reversals.reverse(draft.id)
        assert fingerprint() == before

    @rule(draft=drafts)
    def send_again(self, draft):
        before = fingerprint()
        assert post([draft]) == 0
        assert fingerprint() == before

    @rule(draft=drafts, change=st.integers(0, 3))
    def send_changed(self, draft, change):
        self.refused(TransferConflict, lambda: post([award("alice", 1), otherwise(draft)[change]]))

    @rule(name=names, amount=st.sampled_from([0, -1, -(2**62), 2**63]))
    def send_nonsense(self, name, amount):
        draft = award(name, 1)
        self.refused(DatabaseError, lambda: post([payment(draft.debit, draft.credit, amount)]))

    @rule(target=open_holds, name=names, amount=amounts)
    def place(self, name, amount):
        hold_id = uuid4()

        def place():
            return holds.place(hold_id, holder(name), amount, LATER)

        if amount > self.spendable[name]:
            self.refused(PointsNotEnough, place)
            return multiple()
        place()
        self.spendable[name] -= amount
        self.held[name] += amount
        return hold_id, name, amount

    @rule(target=closed_holds, hold=consumes(open_holds), pay=st.booleans())
    def close(self, hold, pay) -> tuple[UUID, bool]:
        hold_id, name, amount = hold
        self.held[name] -= amount
        if pay:
            holds.settle(hold_id, holder("shop"))
            self.earned += amount
        else:
            holds.release(hold_id)
            self.fill(name, amount)
        return hold_id, pay

    @rule(hold=closed_holds, pay=st.booleans())
    def close_again(self, hold, pay):
        hold_id, paid = hold

        def close():
            return holds.settle(hold_id, holder("shop")) if pay else holds.release(hold_id)

        if pay != paid:
            self.refused(Problem, close)
        else:
            before = fingerprint()
            close()
            assert fingerprint() == before

    @invariant()
    def balances_are_the_models(self):
        for name in NAMES:
            assert statements.balance(holder(name)) == self.spendable[name]
            assert statements.balance(holder(name), Chart.HELD) == self.held[name]
            assert clawback.owed(holder(name)) == self.owed[name]
        assert statements.balance(PROGRAMME, Chart.ISSUANCE) == -self.issued
        assert statements.balance(holder("shop"), Chart.MERCHANT) == self.earned

    @invariant()
    def the_audit_agrees(self):
        assert set(audit.run().values()) == {0}


@pytest.mark.django_db
def test_the_book_is_sound_whatever_happens():
    run_state_machine_as_test(
        Book,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
