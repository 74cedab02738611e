"""The city in numbers, for everybody: published once a month, k-anonymous, never changed afterwards.

A month is published some days after its end and stays as it is: two publications of one month, or a month that
grows day by day, would show what single people did in between. What arrives later counts for the citizen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max, QuerySet, Sum

from activities.models import DailyTotal
from config import clock, sql
from dashboard.city import anonymity
from dashboard.models import CityFigure
from dashboard.periods import Step, floor, shift

SQL_DIR = Path(__file__).parent / "sql"
GRACE = timedelta(days=7)
"""Operators settle a few days after a ride; so long a month waits for its last days."""

NO_DISTRICT = "-"
_PUBLISH_LOCK = 0x43495459  # "CITY": two publications wait for each other
Kind = CityFigure.Kind


@dataclass(frozen=True, slots=True)
class Cell:
    """What is behind a figure, before anything is hidden."""

    citizens: int
    activities: int | None
    reduction_mg: int | None


Table = dict[str, Cell]


def publish_due(today: date) -> list[date]:
    """Publish every month that is over, has waited and is not published; return their first days."""
    first = DailyTotal.objects.order_by("city_day").values_list("city_day", flat=True).first()
    month, done = floor(first or today, Step.MONTH), []
    while shift(month, Step.MONTH, 1) + GRACE <= today:
        if publish(month):
            done.append(month)
        month = shift(month, Step.MONTH, 1)
    return done


def publish(month: date) -> bool:
    """Publish the month that begins with `month`; return whether it was not published before. May run twice."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISH_LOCK])
        if CityFigure.objects.filter(month=month).exists():
            return False
        tables = {kind: _count(kind, month) for kind in Kind}
        CityFigure.objects.bulk_create(_figures(month, tables))
        return True


def _count(kind: Kind, month: date) -> Table:
    end = shift(month, Step.MONTH, 1)
    values = {"start": month, "end": end, "end_at": clock.day_start(end)}
    with connection.cursor() as cursor:
        cursor.execute(sql.read(SQL_DIR, kind.value), values)
        return {key: Cell(citizens, activities, reduction_mg) for key, citizens, activities, reduction_mg in cursor}


def hide(tables: dict[Kind, Table]) -> dict[Kind, set[str]]:
    """Which cells of each table are not shown. Pure.

    The total is shown from `anonymity.K` people on; below, nothing is. Versions of one scenario add up to it: they
    are hidden where it is, and else as a table of their own.
    """
    people = {kind: {key: cell.citizens for key, cell in table.items()} for kind, table in tables.items()}
    if people[Kind.TOTAL][""] < anonymity.K:
        return {kind: set(keys) for kind, keys in people.items()}
    scenarios = anonymity.hidden(people[Kind.SCENARIO], disjoint=False)
    return {
        Kind.TOTAL: set(),
        Kind.SCENARIO: scenarios,
        Kind.DISTRICT: anonymity.hidden(people[Kind.DISTRICT], disjoint=True),
        Kind.METHODOLOGY: _hidden_versions(people[Kind.METHODOLOGY], scenarios),
        Kind.PARTICIPATION: anonymity.hidden_chain(people[Kind.PARTICIPATION], people[Kind.TOTAL][""]),
    }


def _hidden_versions(people: dict[str, int], scenarios: set[str]) -> set[str]:
    found = {key for key in people if key.partition("/")[0] in scenarios}
    for scenario in {key.partition("/")[0] for key in people} - scenarios:
        own = {key: count for key, count in people.items() if key.partition("/")[0] == scenario}
        found |= anonymity.hidden(own, disjoint=False)
    return found


def _figures(month: date, tables: dict[Kind, Table]) -> Iterator[CityFigure]:
    """What is stored: hidden numbers are not, so that nothing reads them by mistake."""
    hidden = hide(tables)
    for kind, table in tables.items():
        for key, cell in table.items():
            shown = cell if key not in hidden[kind] else Cell(0, None, None)
            yield CityFigure(
                month=month,
                kind=kind,
                key=key,
                hidden=key in hidden[kind],
                citizens=shown.citizens,
                activities=shown.activities,
                reduction_mg=shown.reduction_mg,
            )


def months() -> list[date]:
    """The published months, newest first."""
    return list(CityFigure.objects.filter(kind=Kind.TOTAL).order_by("-month").values_list("month", flat=True))


@dataclass(frozen=True, slots=True)
class SoFar:
    """All published months together: their last day, their sum, and the accounts at their end where they are shown."""

    last_day: date
    reduction_mg: int
    accounts: int | None


def so_far() -> SoFar | None:
    """What follows from what is published, and nothing more; None before the first month. Two queries."""
    shown = CityFigure.objects.filter(kind=Kind.TOTAL, hidden=False)
    found = shown.aggregate(month=Max("month"), sum_mg=Sum("reduction_mg"))
    month = found["month"]
    if month is None:
        return None
    accounts = CityFigure.objects.filter(kind=Kind.PARTICIPATION, key="accounts", month=month, hidden=False).first()
    last_day = shift(month, Step.MONTH, 1) - timedelta(days=1)
    return SoFar(last_day, int(found["sum_mg"]), accounts.citizens if accounts else None)


def figures(month: date) -> dict[str, dict[str, CityFigure]]:
    """The month's figures by kind and key. One query."""
    found: dict[str, dict[str, CityFigure]] = {kind.value: {} for kind in Kind}
    for figure in CityFigure.objects.filter(month=month).order_by("kind", "key"):
        found[figure.kind][figure.key] = figure
    return found


def all_figures() -> QuerySet[CityFigure]:
    """Every published figure, newest month first."""
    return CityFigure.objects.order_by("-month", "kind", "key")


def course(last: date, length: int = 12) -> list[tuple[date, CityFigure | None]]:
    """The months up to `last`, oldest first, with their total; None where nothing is published. One query."""
    months = [shift(last, Step.MONTH, back) for back in range(1 - length, 1)]
    found = {each.month: each for each in CityFigure.objects.filter(kind=Kind.TOTAL, month__in=months)}
    return [(month, found.get(month)) for month in months]
