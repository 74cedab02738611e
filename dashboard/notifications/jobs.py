"""Periodic work of notices; each may run twice."""

from procrastinate.contrib.django import app

from dashboard.notifications import inbox, outbox


@app.periodic(cron="*/5 * * * *")
@app.task(name="notifications.gather", queueing_lock="notifications.gather", lock="notifications.gather")
def gather(timestamp: int) -> None:
    """Look what is new, and put it into the outbox."""
    inbox.gather()
    while outbox.spread():
        pass


@app.periodic(cron="*/5 * * * *")
@app.task(name="notifications.send", queueing_lock="notifications.send")
def send(timestamp: int) -> None:
    outbox.send_due()


@app.periodic(cron="25 3 * * *")
@app.task(name="notifications.forget_old", queueing_lock="notifications.forget_old")
def forget_old(timestamp: int) -> None:
    inbox.forget_old()
