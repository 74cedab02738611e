"""Scheduled jobs of this room; each may run twice."""

from procrastinate.contrib.django import app

from config import clock
from ledger import alerts, expiry, holds, outlook


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="ledger.release_overdue_holds")
def release_overdue_holds(timestamp: int) -> None:
    """Give points back whose reservation is long over and that nobody closed."""
    holds.release_overdue()


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="ledger.sweep_expiry")
def sweep_expiry(timestamp: int) -> None:
    """Tell whose points expire in 60 and in 14 days, and let expire those whose day has come."""
    expiry.sweep(clock.city_today())


@app.periodic(cron="51 3 * * *")
@app.task(queueing_lock="ledger.count_book")
def count_book(timestamp: int) -> None:
    """Count what is outstanding, after what was due has expired."""
    outlook.count(clock.city_today())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="ledger.watch_budgets", retry=3)
def watch_budgets(timestamp: int) -> None:
    """Tell staff of budgets that run low, taper or are used up."""
    alerts.raise_due()
    alerts.tell()
