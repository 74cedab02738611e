"""Whatever happens in whatever order: points are conserved, balances fold, refusals leave no trace."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
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
from ledger import audit, budgets, clawback, expiry, holds, journal, statements
from ledger.clawback import Clawback
from ledger.models import PROGRAMME, Account, Chart, Code, ExpirySweep, Programme
from ledger.posting import PointsNotEnough, TransferConflict, open_account, post
from ledger.statements import derived_balance
from tests.ledger.book import award, fingerprint, holder, otherwise, payment
from tests.ledger.test_journal import balances

NAMES = ["alice", "bob", "carol"]
LONG_AGO, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
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
        self.gone: Counter[str] = Counter()
        self.issued = self.earned = self.funded = self.left = 0
        self.swept = False
        self.bank = budgets.open_programme(Programme(code="bank", kind="sponsor", name_zh="银行", name_en="Bank")).pk
        for name in NAMES:
            open_account(holder(name), Chart.CITIZEN)

    def teardown(self) -> None:
        accounts = Account.objects.all()
        expected = {journal.name(one.code, one.holder.hex): -derived_balance(one.id) for one in accounts}
        assert balances("".join(journal.write())) == expected
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
        return draft

    def fill(self, name, amount):
        repaid = min(self.owed[name], amount)
        self.owed[name] -= repaid
        self.spendable[name] += amount - repaid

    def empty(self, name):
        """What is to spend expires."""
        self.gone[name] += self.spendable[name]
        self.spendable[name] = 0

    @rule(drafts=st.lists(st.tuples(names, amounts, st.booleans()), min_size=1, max_size=4))
    def claw_back(self, drafts):
        wanted = sorted(
            (
                (Clawback(uuid4(), holder(name), amount, uuid4(), earned_at=LONG_AGO if is_dated else None), name)
                for name, amount, is_dated in drafts
            ),
            key=lambda pair: pair[0].id,
        )
        answers = clawback.claw_back([draft for draft, _name in reversed(wanted)])
        gone, before = self.gone.copy(), Counter()
        for (draft, name), answer in zip(wanted, answers, strict=True):
            back = min(draft.amount, max(0, gone[name] - before[name])) if draft.earned_at else 0
            before[name] += draft.amount
            taken = min(self.spendable[name], draft.amount - back)
            assert (answer.id, answer.taken, answer.owed) == (draft.id, back + taken, draft.amount - back - taken)
            self.gone[name] -= back
            self.spendable[name] -= taken
            self.owed[name] += draft.amount - back - taken
            self.issued -= draft.amount
        before = fingerprint()
        assert clawback.claw_back([draft for draft, _name in wanted]) == answers
        assert fingerprint() == before

    @rule()
    def expire(self):
        """Everything earned so far is over: the transaction has one instant."""
        day = date(2027, 1, 1) + timedelta(days=ExpirySweep.objects.count())
        end = ExpirySweep.objects.create(expires_on=day, step=ExpirySweep.Step.EXPIRE, earned_before=LATER)
        wallets = list(Account.objects.filter(code=Chart.CITIZEN).values_list("id", flat=True))
        assert expiry._expire(wallets, end) == sum(self.spendable[name] > 0 for name in NAMES)
        for name in NAMES:
            self.empty(name)
        self.swept = True

    @rule(points=st.integers(-60, 60).filter(bool))
    def fund(self, points):
        def fund():
            return budgets.fund(paper, self.bank, points, "paper", "staff")

        paper = uuid4()
        if self.left + points < 0:
            self.refused(budgets.BudgetNotEnough, fund)
            return
        assert fund()
        self.funded += points
        self.left += points
        before = fingerprint()
        assert not fund()
        assert fingerprint() == before

    @rule(name=names, amount=amounts)
    def award_from_a_budget(self, name, amount):
        granted = budgets.draw({self.bank: amount}, {})[self.bank]
        assert granted == min(amount, self.left)
        if granted:
            source, wallet = open_account(self.bank, Chart.ISSUANCE), open_account(holder(name), Chart.CITIZEN)
            post([payment(source, wallet, granted, Code.AWARD)])
            self.left -= granted
            self.fill(name, granted)

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
    def close(self, hold, pay) -> tuple[UUID, bool, str, int]:
        hold_id, name, amount = hold
        self.held[name] -= amount
        if pay:
            holds.settle(hold_id, holder("shop"))
            self.earned += amount
        else:
            holds.release(hold_id)
            self.give_back(name, amount)
        return hold_id, pay, name, amount

    def give_back(self, name, amount):
        """Points return to the wallet; after a day of expiry what is there is over."""
        self.fill(name, amount)
        if self.swept:
            self.empty(name)

    @rule(name=names, amount=amounts)
    def overrun(self, name, amount):
        """A hold whose time is over is not settled; the job gives it back."""
        if amount > self.spendable[name]:
            return
        overdue = holds.place(uuid4(), holder(name), amount, timezone.now() - 2 * holds.GRACE)
        self.refused(holds.HoldClosed, lambda: holds.settle(overdue.id, holder("shop")))
        assert (holds.release_overdue(), holds.release_overdue()) == (1, 0)
        self.spendable[name] -= amount
        self.give_back(name, amount)

    @rule(hold=closed_holds, pay=st.booleans())
    def close_again(self, hold, pay):
        hold_id, paid, _name, _amount = hold

        def close():
            return holds.settle(hold_id, holder("shop")) if pay else holds.release(hold_id)

        if pay != paid:
            self.refused(Problem, close)
        else:
            before = fingerprint()
            close()
            assert fingerprint() == before

    @rule(hold=consumes(closed_holds))
    def refund(self, hold):
        hold_id, paid, name, amount = hold
        if not paid:
            self.refused(holds.HoldClosed, lambda: holds.refund(hold_id, holder("shop")))
            return
        holds.refund(hold_id, holder("shop"))
        self.earned -= amount
        self.fill(name, amount)
        before = fingerprint()
        holds.refund(hold_id, holder("shop"))
        assert fingerprint() == before

    @invariant()
    def balances_are_the_models(self):
        for name in NAMES:
            assert statements.balance(holder(name)) == self.spendable[name]
            assert statements.balance(holder(name), Chart.HELD) == self.held[name]
            assert clawback.owed(holder(name)) == self.owed[name]
        assert statements.balance(PROGRAMME, Chart.ISSUANCE) == -self.issued
        assert statements.balance(holder("shop"), Chart.MERCHANT) == self.earned
        assert statements.balance(PROGRAMME, Chart.EXPIRED) == self.gone.total()
        assert statements.balance(self.bank, Chart.ISSUANCE) == budgets.left(self.bank) == self.left
        assert statements.balance(self.bank, Chart.FUNDING) == -self.funded

    @invariant()
    def points_are_conserved(self):
        people = self.spendable.total() + self.held.total() - self.owed.total()
        assert people + self.earned + self.gone.total() == self.issued + self.funded - self.left

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
