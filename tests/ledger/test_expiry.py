"""Points expire by period, oldest first; holds stay reserved; notices go ahead; everything may run twice."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import clock
from ledger import audit, clawback, expiry, holds, statements
from ledger.clawback import Clawback, Taken
from ledger.expiry import Boundary, Expiring, boundaries
from ledger.models import Chart, Code, ExpiryNotice, ExpiryRule, ExpirySweep, Transfer
from ledger.posting import Draft, issuance_account, open_account, post
from tests.ledger.book import fingerprint, holder, let_expire, payment, rule_of_before, sweep

ALICE, BOB, SHOP = holder("alice"), holder("bob"), holder("shop")
FIRST_HALF, SECOND_HALF = date(2026, 3, 5), date(2026, 9, 5)
END_OF_FIRST, END_OF_SECOND = date(2027, 1, 1), date(2027, 7, 1)
"""When points of the first and the second half of 2026 expire: six months after its end."""
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def instant(day: date) -> datetime:
    return clock.day_start(day) + timedelta(hours=9)


def earn(day: date, amount: int, name: str = "alice", code: Code = Code.AWARD) -> None:
    """An award as posted on that day; the database would write today's."""
    id = uuid4()
    post([Draft(id, issuance_account(), open_account(holder(name), Chart.CITIZEN), amount, code, id)])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER transfer_is_append_only")
        cursor.execute("UPDATE ledger_transfer SET created_at = %s WHERE id = %s", [instant(day), id])
        cursor.execute("ALTER TABLE ledger_transfer ENABLE TRIGGER transfer_is_append_only")


def hold(amount: int):
    return holds.place(uuid4(), ALICE, amount, timezone.now() + timedelta(days=1))


def balances() -> tuple[int, int]:
    return statements.balance(ALICE), statements.balance(ALICE, Chart.HELD)


def expired() -> int:
    return sum(Transfer.objects.filter(code=Code.EXPIRE).values_list("amount", flat=True))


@pytest.fixture
def half_years(db) -> ExpiryRule:
    return rule_of_before(date(2026, 1, 1), 6, 6)


class TestBoundaries:
    def rule(self, begin: date, period: int, life: int) -> ExpiryRule:
        return ExpiryRule(valid_from=begin, period_months=period, life_months=life)

    def test_periods_lie_in_the_calendar(self):
        found = boundaries([self.rule(date(2026, 3, 1), 6, 6)], date(2026, 1, 1), date(2028, 1, 1))
        assert found == [
            Boundary(date(2027, 1, 1), clock.day_start(date(2026, 7, 1))),
            Boundary(date(2027, 7, 1), clock.day_start(date(2027, 1, 1))),
            Boundary(date(2028, 1, 1), clock.day_start(date(2027, 7, 1))),
        ]

    def test_a_later_rule_cuts_the_period_and_nothing_expires_before_what_is_older(self):
        rules = [self.rule(date(2026, 1, 1), 12, 12), self.rule(date(2026, 4, 1), 3, 3)]
        found = boundaries(rules, date(2026, 1, 1), date(2027, 7, 1))
        assert found[0] == Boundary(date(2027, 4, 1), clock.day_start(date(2027, 1, 1)))
        assert found[1] == Boundary(date(2027, 7, 1), clock.day_start(date(2027, 4, 1)))

    def test_without_rules_nothing_expires(self):
        assert boundaries([], date(2026, 1, 1), date(2036, 1, 1)) == []

    @given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 3, 6, 12]), st.integers(1, 30)), max_size=4))
    def test_days_and_instants_both_rise(self, given):
        rules = {start: self.rule(clock.month_later(date(2026, 1, 1), start), *rest) for start, *rest in given}
        found = boundaries(list(rules.values()), date(2026, 1, 1), date(2031, 1, 1))
        for earlier, later in zip(found, found[1:], strict=False):
            assert earlier.expires_on < later.expires_on
            assert earlier.earned_before < later.earned_before


@pytest.mark.django_db
@pytest.mark.usefixtures("sound", "half_years")
class TestExpiry:
    def test_what_was_earned_in_a_period_expires_and_later_points_stay(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        assert sweep(END_OF_FIRST - timedelta(days=14)) == 1  # the notice
        assert sweep(END_OF_FIRST - timedelta(days=1)) == 0
        assert balances() == (42, 0)
        assert sweep(END_OF_FIRST) == 1
        assert balances() == (12, 0)
        assert statements.balance(expiry.PROGRAMME, Chart.EXPIRED) == 30
        assert let_expire(END_OF_SECOND) == 1
        assert balances() == (0, 0)

    def test_a_second_run_changes_nothing(self):
        earn(FIRST_HALF, 30)
        let_expire(END_OF_FIRST)
        before = fingerprint()
        assert let_expire(END_OF_FIRST) == 0
        ExpirySweep.objects.update(done_at=None, after=expiry.PROGRAMME)
        assert let_expire(END_OF_FIRST) == 0
        assert fingerprint() == before

    def test_a_run_that_died_goes_on_where_it_stopped(self, monkeypatch):
        monkeypatch.setattr(expiry, "BATCH", 1)
        for name in ("alice", "bob", "carol"):
            earn(FIRST_HALF, 5, name)
        real, calls = expiry._expire, []

        def die(*args):
            calls.append(args)
            if len(calls) == 2:
                raise OSError
            return real(*args)

        monkeypatch.setattr(expiry, "_expire", die)
        with pytest.raises(OSError):
            let_expire(END_OF_FIRST)
        assert expired() == 5
        monkeypatch.setattr(expiry, "_expire", real)
        assert let_expire(END_OF_FIRST) == 2
        assert expired() == 15

    def test_the_oldest_points_are_spent_first(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        holds.settle(hold(25).id, SHOP)
        let_expire(END_OF_FIRST)
        assert (balances(), expired()) == ((12, 0), 5)

    def test_points_on_hold_are_the_oldest_and_stay_reserved_until_they_are_settled(self):
        earn(FIRST_HALF, 30)
        reserved = hold(25)
        let_expire(END_OF_FIRST)
        assert (balances(), expired()) == ((0, 25), 5)
        holds.settle(reserved.id, SHOP)
        assert (balances(), expired()) == ((0, 0), 5)

    def test_what_a_hold_gives_back_after_its_time_expires_at_once(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        reserved = hold(35)  # the thirty and five of the later ones
        let_expire(END_OF_FIRST)
        assert (balances(), expired()) == ((7, 35), 0)
        holds.release(reserved.id)
        assert (balances(), expired()) == ((12, 0), 30)

    def test_a_refund_counts_as_earned_on_its_day(self):
        earn(FIRST_HALF, 30)
        holds.settle(hold(30).id, SHOP)
        let_expire(END_OF_FIRST)
        post([payment(open_account(SHOP, Chart.MERCHANT), open_account(ALICE, Chart.CITIZEN), 30)])
        assert expiry.expire_returned(ALICE) == 0
        assert balances() == (30, 0)

    def test_a_clawback_makes_nothing_expire_earlier(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        clawback.claw_back([Clawback(uuid4(), ALICE, 12, uuid4())])
        let_expire(END_OF_FIRST)
        assert (balances(), expired()) == ((12, 0), 18)

    def test_what_expires_when_is_seen_ahead_and_is_what_then_expires(self, django_assert_num_queries):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        earn(SECOND_HALF, 1, "bob")
        hold(4)
        at = END_OF_FIRST - timedelta(days=60)
        with django_assert_num_queries(4):  # the rules, the function in a savepoint
            assert expiry.expiring([ALICE, BOB], at) == {ALICE: [Expiring(END_OF_FIRST, 26)]}
        assert expiry.expiring([ALICE], at, 365)[ALICE] == [Expiring(END_OF_FIRST, 26), Expiring(END_OF_SECOND, 12)]
        assert expiry.expiring([ALICE], at - timedelta(days=1)) == {}
        let_expire(END_OF_FIRST)
        assert expired() == 26

    def test_notices_go_out_once_sixty_and_fourteen_days_ahead(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12, "bob")
        for days in (61, 60, 60, 15, 14, 14, 0):
            sweep(END_OF_FIRST - timedelta(days=days))
        told = ExpiryNotice.objects.order_by("-days_before").values_list(
            "holder", "days_before", "points", "expires_on"
        )
        assert list(told) == [(ALICE, 60, 30, END_OF_FIRST), (ALICE, 14, 30, END_OF_FIRST)]

    def test_both_notices_never_go_out_on_one_day(self):
        earn(FIRST_HALF, 30)
        sweep(END_OF_FIRST - timedelta(days=10))  # the first night that anything runs
        assert list(ExpiryNotice.objects.values_list("days_before", "expires_on")) == [
            (14, END_OF_FIRST + timedelta(days=4))
        ]

    def test_nothing_expires_before_the_last_notice_is_fourteen_days_old(self):
        earn(FIRST_HALF, 30)
        told = END_OF_FIRST + timedelta(days=3)  # nights that were missed
        assert sweep(told) == 1
        assert (expired(), ExpiryNotice.objects.get().expires_on) == (0, told + timedelta(days=14))
        assert sweep(told + timedelta(days=13)) == 0
        assert expired() == 0
        assert sweep(told + timedelta(days=14)) == 1
        assert expired() == 30

    def test_a_notice_that_did_not_reach_everybody_lets_nothing_expire(self):
        earn(FIRST_HALF, 30)
        sweep(END_OF_FIRST - timedelta(days=14))
        ExpirySweep.objects.update(done_at=None)
        before = fingerprint()
        assert sweep(END_OF_FIRST) == 0
        assert fingerprint() == before


TODAY = date(2026, 11, 29)


class TestNewRules:
    """A rule is told ahead: in words to staff, and by the database to everybody."""

    def rule(self, begin: date, period: int, life: int) -> ExpiryRule:
        return ExpiryRule(valid_from=begin, period_months=period, life_months=life)

    @pytest.mark.parametrize(
        ("rule", "first"),
        [
            ((date(2026, 12, 1), 6, 12), date(2028, 1, 1)),  # the half year ends with December
            ((date(2026, 12, 1), 1, 1), date(2027, 2, 1)),
            ((date(2027, 1, 1), 3, 1), date(2027, 5, 1)),
        ],
    )
    def test_the_first_rule_bites_after_its_first_period(self, rule, first):
        assert expiry.first_expiry(self.rule(*rule), []) == first
        assert boundaries([self.rule(*rule)], date.min, date(2030, 1, 1))[0].expires_on == first

    def test_a_later_one_bites_where_it_cuts_the_period_that_runs(self):
        before, rule = self.rule(date(2026, 1, 1), 12, 3), self.rule(date(2027, 2, 1), 12, 12)
        assert expiry.first_expiry(rule, [before]) == date(2027, 5, 1)
        assert Boundary(date(2027, 5, 1), clock.day_start(date(2027, 2, 1))) in boundaries(
            [before, rule], date(2027, 1, 1), date(2028, 1, 1)
        )

    @given(
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from([1, 3, 6, 12]), st.integers(1, 24)), max_size=3),
        st.tuples(st.integers(1, 40), st.sampled_from([1, 3, 6, 12]), st.integers(1, 24)),
    )
    def test_whatever_is_allowed_lets_nothing_expire_within_sixty_days(self, given, new):
        start, *rest = new
        others = [self.rule(clock.month_later(date(2026, 1, 1), month), *kind) for month, *kind in given]
        rule = self.rule(clock.month_later(date(2026, 1, 1), start), *rest)
        if rule.valid_from in {other.valid_from for other in others} or not expiry.is_told_ahead(rule, others, TODAY):
            return
        soon = TODAY + timedelta(days=60)
        assert boundaries([*others, rule], date.min, soon) == boundaries(others, date.min, soon)

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("months", "period", "life", "allowed"),
        [(0, 6, 12, False), (-12, 6, 24, False), (1, 1, 1, False), (1, 12, 12, True), (4, 1, 1, True)],
    )
    def test_the_database_says_the_same(self, months, period, life, allowed):
        today = datetime.now(UTC).date()  # the database's own day
        if months == 1 and life == 1:  # the shortest that there is, where its first period ends within the month
            rule = self.rule(clock.month_later(today, 1), period, life)
            allowed = expiry.is_told_ahead(rule, [], today)
        rule = self.rule(clock.month_later(today, months), period, life)
        assert expiry.is_told_ahead(rule, [], today) == allowed
        if allowed:
            rule.save()
        else:
            with pytest.raises(IntegrityError, match="before citizens were told"), transaction.atomic():
                rule.save()
        assert ExpiryRule.objects.count() == allowed

    @pytest.mark.django_db
    def test_the_database_looks_at_the_period_that_is_cut(self):
        today = clock.city_today()
        rule_of_before(clock.month_later(today, -24), 12, 1)
        short, long = self.rule(clock.month_later(today, 1), 12, 24), self.rule(clock.month_later(today, 3), 12, 24)
        others = list(ExpiryRule.objects.all())
        assert not expiry.is_told_ahead(short, others, today) and expiry.is_told_ahead(long, others, today)
        with pytest.raises(IntegrityError, match="before citizens were told"), transaction.atomic():
            short.save()
        long.save()

    @pytest.mark.django_db
    def test_a_rule_begins_a_month(self):
        with pytest.raises(IntegrityError, match="expiry_rule_begins_a_month"), transaction.atomic():
            ExpiryRule.objects.create(valid_from=date(2036, 2, 2), period_months=6, life_months=6)

    @pytest.mark.django_db
    def test_staff_see_the_effect_before_they_save(self, admin_client):
        address, today = "/admin/ledger/expiryrule/add/", clock.city_today()
        asked = {"valid_from": clock.month_later(today, 1), "period_months": 12, "life_months": 12}
        answer = admin_client.post(address, asked)
        form = answer.context["adminform"].form
        assert list(form.errors) == ["looked_at"] and not ExpiryRule.objects.exists()
        first = expiry.first_expiry(self.rule(asked["valid_from"], 12, 12), [])
        assert form.effect[0] == (clock.month_later(first, -12), None, first)
        assert first.isoformat() in answer.content.decode()
        assert admin_client.post(address, {**asked, "looked_at": "on"}).status_code == 302
        assert ExpiryRule.objects.get().valid_from == asked["valid_from"]

    @pytest.mark.django_db
    @pytest.mark.parametrize("change", [{"valid_from": "2026-01-01"}, {"valid_from": "2036-01-02"}])
    def test_staff_are_told_in_words_what_cannot_be(self, admin_client, change):
        asked = {"valid_from": "", "period_months": 12, "life_months": 12, "looked_at": "on", **change}
        answer = admin_client.post("/admin/ledger/expiryrule/add/", asked)
        assert list(answer.context["adminform"].form.errors) == ["valid_from"]
        assert not ExpiryRule.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("sound", "half_years")
class TestClawbackOfExpired:
    """Of points that are taken back, what expired unspent is owed by nobody."""

    def take_back(self, amount: int, day: date = FIRST_HALF, name: str = "alice") -> Taken:
        (taken,) = clawback.claw_back([self.draft(amount, day, name)])
        return taken

    def draft(self, amount: int, day: date = FIRST_HALF, name: str = "alice") -> Clawback:
        return Clawback(uuid4(), holder(name), amount, uuid4(), earned_at=clock.day_start(day))

    def test_what_expired_comes_back_and_is_taken_from_there(self):
        earn(FIRST_HALF, 30)
        let_expire(END_OF_FIRST)
        draft = self.draft(20)
        assert clawback.claw_back([draft]) == [Taken(draft.id, 20, 0)]
        assert (balances(), clawback.owed(ALICE)) == ((0, 0), 0)
        assert statements.balance(expiry.PROGRAMME, Chart.EXPIRED) == 10
        assert statements.balance(expiry.PROGRAMME, Chart.ISSUANCE) == -10
        before = fingerprint()
        assert clawback.claw_back([draft]) == [Taken(draft.id, 20, 0)]
        assert fingerprint() == before

    def test_points_of_later_periods_are_left_alone(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        let_expire(END_OF_FIRST)
        self.take_back(30)
        assert (balances(), clawback.owed(ALICE)) == ((12, 0), 0)
        assert statements.balance(expiry.PROGRAMME, Chart.EXPIRED) == 0

    def test_what_was_spent_of_them_is_taken_and_owed_as_ever(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 2)
        holds.settle(hold(25).id, SHOP)
        let_expire(END_OF_FIRST)
        taken = self.take_back(30)
        assert (taken.taken, taken.owed) == (5 + 2, 23)
        assert (balances(), clawback.owed(ALICE)) == ((0, 0), 23)

    def test_nothing_comes_back_twice(self):
        earn(FIRST_HALF, 30)
        let_expire(END_OF_FIRST)
        assert [self.take_back(20).owed, self.take_back(20).owed, self.take_back(5).owed] == [0, 10, 5]
        assert statements.balance(expiry.PROGRAMME, Chart.EXPIRED) == 0

    def test_a_batch_shares_what_expired(self):
        earn(FIRST_HALF, 30)
        earn(FIRST_HALF, 4, "bob")
        let_expire(END_OF_FIRST)
        drafts = sorted([self.draft(20), self.draft(20)], key=lambda draft: draft.id)
        other = self.draft(9, name="bob")
        found = {taken.id: (taken.taken, taken.owed) for taken in clawback.claw_back([*drafts, other])}
        assert found == {drafts[0].id: (20, 0), drafts[1].id: (10, 10), other.id: (4, 5)}

    def test_what_expired_of_an_earlier_period_is_of_other_points(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 10)
        let_expire(END_OF_FIRST)
        holds.settle(hold(10).id, SHOP)
        assert self.take_back(10, SECOND_HALF).owed == 10
        assert statements.balance(expiry.PROGRAMME, Chart.EXPIRED) == 30

    def test_without_a_day_it_is_as_ever(self):
        earn(FIRST_HALF, 30)
        let_expire(END_OF_FIRST)
        clawback.claw_back([Clawback(uuid4(), ALICE, 20, uuid4())])
        assert clawback.owed(ALICE) == 20

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(st.integers(1, 12), st.integers(1, 30), st.integers(0, 30)), min_size=1, max_size=6),
        st.integers(0, 5),
    )
    def test_nobody_pays_more_than_if_the_points_had_never_been_given(self, months, wrong):
        """Spending what could be spent either way, the wallet ends where it would have been, less what was spent."""
        with transaction.atomic():
            name, spent = str(uuid4()), 0
            for month, amount, cost in sorted(months):
                earn(date(2026, month, 10), amount, name)
                if cost <= statements.balance(holder(name)) and cost:
                    holds.settle(holds.place(uuid4(), holder(name), cost, LATER).id, SHOP)
                    spent += cost
            let_expire(END_OF_FIRST)
            gone = expired()
            month, amount, _cost = sorted(months)[wrong % len(months)]
            had, taken = statements.balance(holder(name)), self.take_back(amount, date(2026, month, 10), name)
            back = gone - statements.balance(expiry.PROGRAMME, Chart.EXPIRED)
            assert back == (min(amount, gone) if month <= 6 else 0)
            assert taken.taken == back + min(had, amount - back)
            assert statements.balance(holder(name)) - taken.owed == had - (amount - back)
            assert taken.owed <= max(0, spent - sum(points for _month, points, _cost in months) + amount)
            assert set(audit.run().values()) == {0}
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("half_years")
@pytest.mark.parametrize("seed", range(5))
def test_the_formula_equals_lots_spent_oldest_first(seed):
    """An oracle with lots, against the sums."""
    import random

    chance, lots = random.Random(seed), []
    for month in range(1, 13):
        day, amount = date(2026, month, 10), chance.randint(1, 30)
        earn(day, amount)
        lots.append([day, amount])
        if chance.random() < 0.6:
            spent = chance.randint(1, sum(left for _day, left in lots))
            holds.settle(hold(spent).id, SHOP)
            for lot in lots:
                taken = min(lot[1], spent)
                lot[1], spent = lot[1] - taken, spent - taken
    old = sum(left for day, left in lots if day < date(2026, 7, 1))
    let_expire(END_OF_FIRST)
    assert expired() == old
    assert set(audit.run().values()) == {0}
