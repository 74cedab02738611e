"""Work that time brings."""

from procrastinate.contrib.django import app

from config import clock
from ledger import expiry, holds


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
