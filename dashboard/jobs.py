"""Periodic work of the dashboard."""

from procrastinate.contrib.django import app

from config import clock
from dashboard import city, ranking


@app.periodic(cron="*/10 * * * *")
@app.task(name="dashboard.refresh_ranks", queueing_lock="dashboard.refresh_ranks")
def refresh_ranks(timestamp: int) -> None:
    """Rebuild the boards of the current week, month and year."""
    ranking.refresh_current(clock.city_today())


@app.periodic(cron="20 3 * * *")
@app.task(name="dashboard.publish_city", queueing_lock="dashboard.publish_city")
def publish_city(timestamp: int) -> None:
    """Publish the city's figures of the months that are due."""
    city.publish_due(clock.city_today())
