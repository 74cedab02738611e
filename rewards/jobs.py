"""Work that time brings."""

from procrastinate.contrib.django import app

from rewards import redemption


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.expire_vouchers")
def expire_vouchers(timestamp: int) -> None:
    """Give what was meant as a gift; return the points and the stock of vouchers whose time is over."""
    redemption.give_due()
    redemption.expire_due()
