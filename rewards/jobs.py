"""Work that time brings."""

from procrastinate.contrib.django import app

from rewards import redemption


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="rewards.expire_vouchers")
def expire_vouchers(timestamp: int) -> None:
    """Return the points and the stock of vouchers whose time is over."""
    redemption.expire_due()
