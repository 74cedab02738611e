"""Periodic work of the dashboard."""

from procrastinate.contrib.django import app

from config import clock
from dashboard.achievements import standings
from dashboard.city import days, publication
from dashboard.community import challenges
from dashboard.models import Period
from dashboard.ranks import boards


@app.periodic(cron="*/10 * * * *")
@app.task(name="dashboard.refresh_ranks", queueing_lock="dashboard.refresh_ranks")
def refresh_ranks(timestamp: int) -> None:
    """Rebuild the boards of weeks and months that are not closed."""
    boards.refresh_current(clock.city_today(), (Period.WEEK, Period.MONTH))


@app.periodic(cron=f"{boards.YEAR_AT:%M %H} * * *")
@app.task(name="dashboard.refresh_year", queueing_lock="dashboard.refresh_year")
def refresh_year(timestamp: int) -> None:
    """Rebuild the boards of the year, by night: it reads a whole year."""
    boards.refresh_current(clock.city_today(), (Period.YEAR,))


@app.periodic(cron="5-55/10 * * * *")
@app.task(name="dashboard.refresh_standings", queueing_lock="dashboard.refresh_standings")
def refresh_standings(timestamp: int) -> None:
    """Work out levels and achievements of the months that are not closed."""
    standings.refresh_due(clock.city_today())


@app.periodic(cron="20 3 * * *")
@app.task(name="dashboard.publish_city", queueing_lock="dashboard.publish_city")
def publish_city(timestamp: int) -> None:
    """Publish the city's figures of the months that are due."""
    publication.publish_due(clock.city_today())


@app.periodic(cron="*/5 * * * *")
@app.task(name="dashboard.count_city", queueing_lock="dashboard.count_city")
def count_city(timestamp: int) -> None:
    """Add the city's day up: what enough further people have moved is shown."""
    days.count(clock.city_today())


@app.periodic(cron="*/10 * * * *")
@app.task(name="dashboard.count_challenges", queueing_lock="dashboard.count_challenges")
def count_challenges(timestamp: int) -> None:
    """Count what teams have brought; freeze the results whose time has come."""
    challenges.count_due()
