"""Jobs of this room; each may run twice."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import registration


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.forget_unconfirmed", queueing_lock="accounts.forget_unconfirmed")
def forget_unconfirmed(timestamp: int) -> None:
    registration.forget_unconfirmed(timezone.now() - timedelta(days=1))
