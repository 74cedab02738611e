"""The demo from beginning to end."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Partner
from config import clock, env
from dashboard.achievements import standings
from dashboard.city import days as city_days
from dashboard.city import publication as city_figures
from dashboard.ranks import boards
from sandbox.city import people, reports
from sandbox.city.reports import City
from sandbox.demo import customers, guide, history, live, processes, recent, settlers, shops, sponsors
from sandbox.demo import plan as plans
from sandbox.demo.inbox import Inbox
from sandbox.demo.plan import Plan
from sandbox.server import process as partner_server

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wishes:
    """What was asked for; None means as it is, or the usual."""

    port: int
    citizens: int | None = None
    days: int | None = None
    serve: bool = True
    fresh: bool = False


class NotDisposable(Exception):  # noqa: N818  it names what was found
    """The database is not the embedded one, so the demo does not empty it."""


def run(wishes: Wishes, say: Say) -> None:
    """Prepare the city, show it until interrupted, stop everything.

    Raises NotDisposable, OtherCity, NotStarted, NotTaken.
    """
    watch = time.monotonic()
    with interruptible(), ExitStack() as running:
        processes.require_free(wishes.port, wishes.port + 1)
        if wishes.fresh:
            empty()
        say("Preparing the database …")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        plan = plans.recall(wishes.citizens, wishes.days)
        city = reports.found(plan.seed, plan.citizens, plan.first_day)
        shops.open_all()
        sponsors.open_all(plan.citizens)
        _settle(city, say)
        _bring_history(city, plan, say)
        say("Starting the partners, the web server and the worker …")
        running.enter_context(partners(wishes.port))
        site_url = running.enter_context(processes.web(wishes.port))
        running.enter_context(processes.worker(wishes.port))
        now = timezone.now()
        _bring_recent(city, site_url, now, say)
        customers.shop()
        boards.refresh_current(clock.city_today())
        standings.refresh_due(clock.city_today())
        city_figures.publish_due(clock.city_today())
        city_days.count(clock.city_today())
        sponsors.count()
        say(f"Ready after {time.monotonic() - watch:.0f} seconds.")
        if wishes.serve:
            _serve(city, site_url, now, say)
    say("Stopped.")


def empty() -> None:
    """Forget everything in the embedded database. Raises NotDisposable for any other."""
    if settings.PRODUCTION or env.text("DATABASE_URL", ""):
        raise NotDisposable("Only the embedded database is emptied. Unset DATABASE_URL, or empty it yourself.")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@contextmanager
def partners(port: int) -> Iterator[str]:
    """The partners' process, on the port after the web server's; the platform knows them while it runs."""
    codes = people.PARTNERS
    redirect_uris = {code: f"http://127.0.0.1:{port}/links/oidc/{code}/callback/" for code in codes}
    with partner_server.start(port + 1, redirect_uris, people=people.DEMO_CITIZEN) as server:
        for partner in Partner.objects.filter(code__in=codes):
            client = server.clients[partner.code]
            partner.issuer_url, partner.client_id, partner.scope = server.issuer_url, client.client_id, client.scope
            partner.client_secret = client.client_secret
            partner.save(update_fields=["issuer_url", "client_id", "scope", "client_secret_encrypted"])
        yield server.issuer_url


def _settle(city: City, say: Say) -> None:
    if opened := settlers.settle(city):
        say(f"{opened:,} people opened a carbon account and linked their partners.")


def _bring_history(city: City, plan: Plan, say: Say) -> None:
    last = clock.city_today() - timedelta(days=2)
    if plan.next_day > last:
        return
    say(f"The partners deliver their files from {plan.next_day} to {last} …")
    brought = history.bring(city, plan, last, say)
    say(f"{brought.reduction_mg / 1e9:,.1f} t less CO2e, {brought.points:,} points awarded.")


def _bring_recent(city: City, site_url: str, now: datetime, say: Say) -> None:
    say("The partners report yesterday and today by webhook …")
    posted = recent.bring(city, site_url, now)
    left = recent.await_digestion()
    say(f"  {posted:,} rows posted" + (f", {left} deliveries still in work" if left else ""))


def _serve(city: City, site_url: str, since: datetime, say: Say) -> None:
    """Show the sign-ins and keep the city alive until somebody interrupts."""
    inbox, trickle = Inbox(say), live.Trickle(city, site_url, since, say)
    inbox.start()
    trickle.start()
    try:
        guide.show(site_url, say)
        threading.Event().wait()
    finally:
        say("Stopping …")
        trickle.stop()
        inbox.stop()


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block in order, also where the shell told us to ignore Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
