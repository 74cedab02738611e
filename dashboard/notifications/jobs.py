"""Periodic work of notices; each may run twice."""

from procrastinate.contrib.django import app

from dashboard.notifications import inbox, outbox
from dashboard.notifications.models import Channel


@app.periodic(cron="*/5 * * * *")
@app.task(name="notifications.gather", queueing_lock="notifications.gather", lock="notifications.gather")
def gather(timestamp: int) -> None:
    """Look what is new, and put it into the outbox."""
    inbox.gather()
    outbox.spread()


@app.periodic(cron="*/5 * * * *")
@app.task(name="notifications.send_mail", queueing_lock="notifications.send_mail")
def send_mail(timestamp: int) -> None:
    outbox.send_due([Channel.EMAIL])


@app.periodic(cron="*/5 * * * *")
@app.task(name="notifications.send_push", queueing_lock="notifications.send_push")
def send_push(timestamp: int) -> None:
    outbox.send_due([Channel.PUSH])


@app.periodic(cron="25 3 * * *")
@app.task(name="notifications.forget_old", queueing_lock="notifications.forget_old")
def forget_old(timestamp: int) -> None:
    inbox.forget_old()
