"""A bike-share and a metro feed with linked citizens, and a way to hand rows in as a file."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.contrib.auth.models import Permission
from django.utils import translation

from accounts.linking import links
from accounts.models import Citizen, Consent, ConsentText, User
from activities.intake import deliveries
from activities.methodologies import versions
from activities.models import Delivery, Feed, Methodology
from activities.outcome import Outcome
from config.clock import city_zone

RIDE = ("orderid", "userid", "start_time", "end_time", "crow_distance_km_derived")
TAP = ("card_no", "deal_date", "deal_type", "equ_no", "car_no", "deal_value", "deal_money", "station")


@pytest.fixture
def bike_feed(db) -> Feed:
    return Feed.objects.select_related("partner").get(code="mobike-shanghai")


@pytest.fixture
def metro_feed(db) -> Feed:
    return Feed.objects.select_related("partner").get(code="shenzhen-tong")


@pytest.fixture
def link() -> Callable[..., None]:
    """Tie a partner's subject to a citizen, reading from 2010 on."""

    def tie(citizen: Citizen, feed: Feed, subject: str, reads_from: str = "2010-01-01") -> None:
        text = ConsentText.objects.filter(partner=feed.partner).first()
        assert text is not None
        start = datetime.fromisoformat(reads_from).replace(tzinfo=city_zone())
        links.open_many(feed.partner, [(citizen, subject)], reads_from=start, channel=Consent.Channel.SANDBOX)

    return tie


@pytest.fixture
def english() -> Iterator[None]:
    """Refusals are read in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def make_staff(db) -> Callable[..., User]:
    """A member of staff with all rights, or with those named only."""

    def make(name: str, *rights: str) -> User:
        user = User.objects.create_user(username=name, email=f"{name}@example.org", is_staff=True)
        user.is_superuser = not rights
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        return user

    return make


@pytest.fixture
def publish_version(make_staff) -> Callable[[Methodology], Methodology]:
    """Take a version the whole road: written by one person, approved by another, published."""
    author, approver = make_staff("author"), make_staff("approver")
    return lambda version: versions.adopt(version, author, approver)


def as_csv(columns: tuple[str, ...], rows: list[tuple]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def take_in(feed: Feed, body: bytes, name: str = "file.csv") -> Outcome:
    """Through the file door, as the command does it."""
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, name, body)
    return deliveries.digest(delivery.pk)


def rides(*rows: tuple) -> bytes:
    return as_csv(RIDE, list(rows))


def taps(*rows: tuple) -> bytes:
    """(card, time, in|out|bus, fare in fen, station)"""
    kinds = {"in": "地铁入站", "out": "地铁出站", "bus": "巴士"}
    return as_csv(
        TAP, [(card, at, kinds[kind], "1", "G1", fare, fare, station) for card, at, kind, fare, station in rows]
    )
