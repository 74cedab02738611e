"""What the book promises, and when staff hear of a budget."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from config import clock
from ledger import alerts, budgets, holds, jobs, outlook
from ledger.models import BudgetAlert, Chart, Code, Count, Programme
from ledger.outlook import Liability
from ledger.posting import Draft, open_account, post
from tests.ledger.book import award, fingerprint, holder, rule_of_before

pytestmark = pytest.mark.django_db


@pytest.fixture
def sponsor():
    found = Programme(code="bank", kind="sponsor", name_zh="银行", name_en="Bank", warn_at_percent=20)
    budgets.open_programme(found)
    budgets.fund(uuid4(), found.pk, 1_000, "No. 1", "li")
    return found


@pytest.fixture
def keeper(db):
    return User.objects.create_superuser("keeper", "keeper@example.org")


def spend(programme: Programme, points: int) -> None:
    id = uuid4()
    assert budgets.draw({programme.pk: points}, {}) == {programme.pk: points}
    source = open_account(programme.pk, Chart.ISSUANCE)
    post([Draft(id, source, open_account(holder("ann"), Chart.CITIZEN), points, Code.AWARD, id)])


def test_without_a_rule_points_never_expire_and_nothing_is_expected_before_anything_was_decided():
    post([award("alice", 70), award("bob", 30)])
    holds.place(uuid4(), holder("alice"), 20, timezone.now() + timedelta(days=1))
    outlook.count(clock.city_today())
    found = outlook.latest()
    assert found.liabilities == [Liability(None, 80)]
    assert (found.to_spend_points, found.held_points, found.outstanding_points) == (80, 20, 100)
    assert (found.spent_percent, found.expected_points) == (None, None)


def test_what_is_outstanding_is_told_by_the_day_of_its_expiry():
    today = clock.city_today()
    rule_of_before(date(today.year, 1, 1), 12, 12)
    post([award("alice", 70)])
    outlook.count(today)
    assert outlook.latest().liabilities == [Liability(date(today.year + 2, 1, 1), 70)]


def test_the_share_that_is_redeemed_follows_from_what_was_decided():
    post([award("alice", 100)])
    for name, points, code in (("cafe", 30, Code.REDEEM), ("nobody", 10, Code.EXPIRE)):
        id, chart = uuid4(), Chart.MERCHANT if code == Code.REDEEM else Chart.EXPIRED
        post(
            [
                Draft(
                    id,
                    open_account(holder("alice"), Chart.CITIZEN),
                    open_account(holder(name), chart),
                    points,
                    code,
                    id,
                )
            ]
        )
    holds.place(uuid4(), holder("alice"), 20, timezone.now() + timedelta(days=1))
    outlook.count(clock.city_today())
    found = outlook.latest()
    assert (found.redeemed_points, found.expired_points, found.spent_percent) == (30, 10, 75)
    assert found.expected_points == 20 + 40 * 30 // 40


def test_counting_twice_a_day_leaves_one_count_and_touches_no_book():
    post([award("alice", 70)])
    before = fingerprint()
    jobs.count_book(0)
    jobs.count_book(0)
    assert Count.objects.count() == 1 and fingerprint() == before


def test_staff_hear_once_a_funding_that_a_budget_runs_low_and_that_it_is_used_up(sponsor, keeper):
    User.objects.create_user(username="clerk", email="clerk@example.org", is_staff=True)
    spend(sponsor, 790)
    jobs.watch_budgets(0)
    assert mail.outbox == []
    spend(sponsor, 10)
    jobs.watch_budgets(0)
    jobs.watch_budgets(0)
    assert [(message.to, message.subject) for message in mail.outbox] == [(["keeper@example.org"], "预算：银行")]
    assert "200" in mail.outbox[0].body and "/admin/ledger/programme/" in mail.outbox[0].body
    spend(sponsor, 200)
    jobs.watch_budgets(0)
    jobs.watch_budgets(0)
    assert len(mail.outbox) == 2
    assert [alert.level for alert in BudgetAlert.objects.order_by("pk")] == ["low", "empty"]
    budgets.fund(uuid4(), sponsor.pk, 100, "No. 2", "li")
    assert alerts.standing() == []
    spend(sponsor, 90)
    jobs.watch_budgets(0)
    assert len(mail.outbox) == 3


def test_a_budget_that_tapers_says_so(sponsor):
    Programme.objects.update(taper_from_percent=50)
    spend(sponsor, 500)
    assert [(found.code, level) for found, level in alerts.standing()] == [("bank", "tapering")]


def test_alerts_wait_while_nobody_may_be_told(sponsor, settings):
    spend(sponsor, 1_000)
    jobs.watch_budgets(0)
    assert mail.outbox == [] and BudgetAlert.objects.get().told_at is None
    User.objects.create_superuser("late", "late@example.org")
    jobs.watch_budgets(0)
    assert len(mail.outbox) == 1 and BudgetAlert.objects.get().told_at


def test_a_mail_server_that_fails_loses_no_alert(sponsor, keeper, monkeypatch):
    def fail(self, messages):
        raise OSError("the mail server is away")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    spend(sponsor, 1_000)
    with pytest.raises(OSError):
        jobs.watch_budgets(0)
    assert BudgetAlert.objects.get().told_at is None
