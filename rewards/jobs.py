"""Work that time brings."""

from datetime import timedelta

from procrastinate.contrib.django import app

from config import clock
from rewards import closing, lotteries, redemption, trees


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.expire_vouchers")
def expire_vouchers(timestamp: int) -> None:
    """Give gifts, draw lotteries, tie shares to trees; return what vouchers took whose time is over."""
    redemption.give_due()
    redemption.expire_due()
    lotteries.draw_due()
    trees.assign_all()


@app.periodic(cron="17 19 1 * *")
@app.task(queueing_lock="rewards.close_month")
def close_month(timestamp: int) -> None:
    """Close the settlements of the month that is over (early on the second day, in the city's time)."""
    closing.close_all(clock.city_today().replace(day=1) - timedelta(days=1))
