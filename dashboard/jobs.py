"""Periodic work of the dashboard."""

from procrastinate.contrib.django import app

from config import clock
from dashboard import ranking


@app.periodic(cron="*/10 * * * *")
@app.task(name="dashboard.refresh_ranks", queueing_lock="dashboard.refresh_ranks")
def refresh_ranks(timestamp: int) -> None:
    """Rebuild the boards of the current week, month and year."""
    ranking.refresh_current(clock.city_today())
