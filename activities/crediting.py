"""The one place where reductions are booked: rows, ledger transfers, tallies and daily totals, all or none.

Credits, corrections, reviews, appeals and restatements all pass here. A row is never changed: what was credited
is taken back by a reversal of its generation and, where the activity still counts, credited as the next one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from activities.methodologies import stored
from activities.models import PointsRate, Reduction
from config import copying
from config.identifiers import new_id
from config.problems import Problem
from ledger.clawback import Clawback, claw_back
from ledger.models import Chart, Code
from ledger.posting import Draft, issuance_account, open_accounts, post
from ledger.posting import lock as lock_accounts

COLUMNS = (
    "id, citizen_id, activity_id, generation, reversal, cause, methodology_id, scenario_id, city_day, "
    "distance_m, inputs, reduction_mg, carried_mg, mg_per_point, fixed_points, points"
)


class RateMissing(Problem):
    status, code, title = 500, "points_rate_missing", "No points rate is in force."


class Entry(NamedTuple):
    """A row to be booked: a credit, or a reversal of the credit of the same generation (then its amounts are
    at most 0).

    `mg_per_point` 0 stands for the rate in force; a reversal names the rate of what it takes back.
    """

    citizen_id: UUID
    activity_id: UUID
    methodology_id: int
    scenario_id: int
    city_day: date
    distance_m: int | None
    reduction_mg: int
    cause: str
    generation: int = 1
    reversal: bool = False
    mg_per_point: int = 0
    inputs: dict[str, Any] | None = None
    fixed_points: int = 0

    @classmethod
    def reverse(cls, credit: Reduction, cause: str) -> Self:
        """The entry that takes a credit back."""
        return cls(
            credit.citizen_id,
            credit.activity_id,
            credit.methodology_id,
            credit.scenario_id,
            credit.city_day,
            credit.distance_m,
            -credit.reduction_mg,
            cause,
            credit.generation,
            True,
            credit.mg_per_point,
            fixed_points=-credit.fixed_points,
        )


@dataclass(frozen=True, slots=True)
class Booked:
    """Sums over what was booked, reversals counted negative."""

    reduction_mg: int = 0
    points: int = 0


class _Row(NamedTuple):
    id: UUID
    entry: Entry
    carried_mg: int
    mg_per_point: int
    points: int

    @property
    def rest_mg(self) -> int:
        """By how much the row changes what is carried."""
        return self.entry.reduction_mg - (self.points - self.entry.fixed_points) * self.mg_per_point


@transaction.atomic
def book(entries: Iterable[Entry], remainders: dict[UUID, int] | None = None) -> Booked:
    """Book reversals and credits; each citizen's run in the order given, reversals first.

    `remainders` is what `lock` gave, where it was called in this transaction.
    A reversal keeps what its activity says in the database now, by which its credit can be computed for ever: book
    it before the activity is changed.
    Raises RateMissing. The same entry again raises IntegrityError: the caller compares with what is recorded.
    """
    ordered = sorted(entries, key=lambda entry: (entry.citizen_id.int, not entry.reversal))
    if not ordered:
        return Booked()
    with connection.cursor() as cursor:
        if remainders is None:
            remainders = lock(cursor, {entry.citizen_id for entry in ordered})
        rows = _share_points(_keep_contents(cursor, ordered), remainders)
        _write(cursor, rows)
        _post(rows)
        _total(cursor, rows)
    return Booked(sum(row.entry.reduction_mg for row in rows), sum(row.points for row in rows))


def lock(cursor: CursorWrapper, citizen_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Lock the citizens' tallies in the order of ids, opened where need be; return their remainders (mg)."""
    wanted = copying.array(sorted(copying.uuids(set(citizen_ids))))
    cursor.execute(
        "INSERT INTO activities_tally (citizen_id, reduction_mg, remainder_mg, points)"
        " SELECT id, 0, 0, 0 FROM unnest(%s::uuid[]) AS id"
        " WHERE NOT EXISTS (SELECT FROM activities_tally WHERE citizen_id = id) ON CONFLICT (citizen_id) DO NOTHING",
        [wanted],
    )
    cursor.execute(
        "SELECT citizen_id, remainder_mg FROM activities_tally"
        " WHERE citizen_id = ANY(%s::uuid[]) ORDER BY citizen_id FOR UPDATE",
        [wanted],
    )
    return dict(cursor.fetchall())


def rate_in_force() -> int:
    """Milligrams a point now. Raises RateMissing."""
    rate = PointsRate.objects.filter(valid_from__lte=timezone.now()).first()
    if rate is None:
        raise RateMissing
    return rate.mg_per_point


def _share_points(entries: Sequence[Entry], remainders: dict[UUID, int]) -> list[_Row]:
    """Let each citizen's remainder run through the entries."""
    current = rate_in_force()
    rows = []
    for entry in entries:
        rate = entry.mg_per_point or current
        carried_mg = remainders[entry.citizen_id]
        points = (carried_mg + entry.reduction_mg) // rate
        if entry.reversal and points > 0:  # what is carried from a dearer rate is no reason to award
            points = 0
        remainders[entry.citizen_id] = carried_mg + entry.reduction_mg - points * rate
        rows.append(_Row(new_id(), entry, carried_mg, rate, points + entry.fixed_points))
    return rows


def _keep_contents(cursor: CursorWrapper, entries: Sequence[Entry]) -> Sequence[Entry]:
    reversed_ids = [(entry.citizen_id, entry.activity_id) for entry in entries if entry.reversal]
    if not reversed_ids:
        return entries
    contents = stored.contents(cursor, reversed_ids)
    return [entry._replace(inputs=contents.get(entry.activity_id)) if entry.reversal else entry for entry in entries]


def _write(cursor: CursorWrapper, rows: Sequence[_Row]) -> None:
    entries = [row.entry for row in rows]
    copying.copy(
        cursor,
        f"activities_reduction ({COLUMNS})",
        [
            copying.uuids(row.id for row in rows),
            copying.uuids(entry.citizen_id for entry in entries),
            copying.uuids(entry.activity_id for entry in entries),
            copying.numbers(entry.generation for entry in entries),
            copying.flags(entry.reversal for entry in entries),
            copying.words(entry.cause for entry in entries),
            copying.numbers(entry.methodology_id for entry in entries),
            copying.numbers(entry.scenario_id for entry in entries),
            copying.days(entry.city_day for entry in entries),
            copying.numbers(entry.distance_m for entry in entries),
            copying.documents(entry.inputs for entry in entries),
            copying.numbers(entry.reduction_mg for entry in entries),
            copying.numbers(row.carried_mg for row in rows),
            copying.numbers(row.mg_per_point for row in rows),
            copying.numbers(entry.fixed_points for entry in entries),
            copying.numbers(row.points for row in rows),
        ],
    )


def _post(rows: Sequence[_Row]) -> None:
    """Award or take back the points of each row, under the row's own id; what was spent before becomes a debt."""
    moving = [row for row in rows if row.points]
    if not moving:
        return
    holders = {row.entry.citizen_id for row in moving}
    taking = [Clawback(row.id, row.entry.citizen_id, -row.points, row.id) for row in moving if row.points < 0]
    issuance, accounts = issuance_account(), open_accounts(holders, Chart.CITIZEN)
    if taking:
        lock_accounts(holders)
    post(
        [
            Draft(row.id, issuance, accounts[row.entry.citizen_id], row.points, Code.AWARD, row.id)
            for row in moving
            if row.points > 0
        ]
    )
    claw_back(taking)


def _total(cursor: CursorWrapper, rows: Sequence[_Row]) -> None:
    """The sums that pages read: per citizen, and per citizen, day and scenario."""
    tallies: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0])
    days: dict[tuple[UUID, date, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        entry, sign = row.entry, -1 if row.entry.reversal else 1
        _add(
            tallies[entry.citizen_id],
            (entry.reduction_mg, row.rest_mg, row.points),
        )
        _add(
            days[entry.citizen_id, entry.city_day, entry.scenario_id],
            (sign, sign * (entry.distance_m or 0), entry.reduction_mg, row.points),
        )
    cursor.execute(
        "UPDATE activities_tally t SET reduction_mg = t.reduction_mg + own.mg,"
        " remainder_mg = t.remainder_mg + own.rest, points = t.points + own.points"
        " FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) AS own (id, mg, rest, points)"
        " WHERE t.citizen_id = own.id",
        [copying.array(copying.uuids(tallies)), *_arrays(tallies.values())],
    )
    keys = sorted(days, key=lambda key: (key[0].int, key[1:]))
    own = [
        copying.array(copying.uuids(key[0] for key in keys)),
        copying.array(copying.days(key[1] for key in keys)),
        *_arrays((key[2], *days[key]) for key in keys),
    ]
    cursor.execute(_ADD_TO_DAYS, own)
    if cursor.rowcount < len(keys):
        cursor.execute(_OPEN_DAYS, own)


# An upsert would check the negative amounts of a reversal as if they were a row; the tally's lock makes this as safe.
_OWN = """unnest(%s::uuid[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS own (citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)"""
_ADD_TO_DAYS = f"""
    UPDATE activities_dailytotal d SET
        activities = d.activities + own.activities, distance_m = d.distance_m + own.distance_m,
        reduction_mg = d.reduction_mg + own.reduction_mg, points = d.points + own.points
    FROM {_OWN}
    WHERE (d.citizen_id, d.city_day, d.scenario_id) = (own.citizen_id, own.city_day, own.scenario_id)"""  # noqa: S608  our own words
_OPEN_DAYS = f"""
    INSERT INTO activities_dailytotal (citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)
    SELECT * FROM {_OWN} WHERE NOT EXISTS (
        SELECT FROM activities_dailytotal d
        WHERE (d.citizen_id, d.city_day, d.scenario_id) = (own.citizen_id, own.city_day, own.scenario_id))"""  # noqa: S608  our own words


def _arrays(rows: Iterable[Sequence[int]]) -> list[str]:
    """Rows of numbers as one array a column."""
    return [copying.array(map(str, column)) for column in zip(*rows, strict=True)]


def _add(sums: list[int], amounts: Sequence[int]) -> None:
    for place, amount in enumerate(amounts):
        sums[place] += amount
