"""Jobs of this room; each may run twice."""

from django.contrib.sessions.models import Session
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import privacy, registration


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.forget_unconfirmed", queueing_lock="accounts.forget_unconfirmed")
def forget_unconfirmed(timestamp: int) -> None:
    """Forget who never typed their code, and sessions that are over."""
    registration.forget_unconfirmed(timezone.now() - registration.UNCONFIRMED)
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@app.periodic(cron="* * * * *")
@app.task(name="accounts.make_exports", queueing_lock="accounts.make_exports", lock="accounts.make_exports")
def make_exports(timestamp: int) -> None:
    """Copies that citizens asked for."""
    privacy.make_waiting_exports()


@app.periodic(cron="35 3 * * *")
@app.task(name="accounts.forget_people", queueing_lock="accounts.forget_people")
def forget_people(timestamp: int) -> None:
    """Erase whose thinking time is over; drop copies nobody fetched."""
    privacy.erase_due()
    privacy.drop_old_exports()
