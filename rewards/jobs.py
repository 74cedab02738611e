"""Scheduled jobs of this room; each may run twice."""

from datetime import timedelta

from procrastinate.contrib.django import app

from config import clock
from rewards import closing, lotteries, redemption, trees


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.give_gifts")
def give_gifts(timestamp: int) -> None:
    """Give what was meant for a public cause and not given yet."""
    redemption.give_due()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.expire_vouchers")
def expire_vouchers(timestamp: int) -> None:
    """Return what vouchers took whose time is over."""
    redemption.expire_due()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.draw_lotteries")
def draw_lotteries(timestamp: int) -> None:
    """Draw the lotteries whose time is over."""
    lotteries.draw_due()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.plant_shares")
def plant_shares(timestamp: int) -> None:
    """Tie shares of trees to plantings that have room."""
    trees.assign_all()


@app.periodic(cron="17 19 * * *")
@app.task(queueing_lock="rewards.close_month")
def close_month(timestamp: int) -> None:
    """Close the settlements of the last month whose following first day is over too.

    Every day, so that a night that was missed, or a merchant that could not be closed, is made up for on the next.
    """
    yesterday = clock.city_today() - timedelta(days=1)
    closing.close_all(yesterday.replace(day=1) - timedelta(days=1))
