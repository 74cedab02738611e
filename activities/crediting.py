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
from psycopg.types.json import Jsonb

from activities.models import PointsRate, Reduction
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
    def reverse(cls, credit: Reduction, cause: str, inputs: dict[str, Any] | None = None) -> Self:
        """The entry that takes a credit back. `inputs`: the activity's content of then, where it has changed."""
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
            inputs,
            -credit.fixed_points,
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
def book(entries: Iterable[Entry]) -> Booked:
    """Book reversals and credits; each citizen's run in the order given, reversals first.

    Raises RateMissing. The same entry again raises IntegrityError: the caller compares with what is recorded.
    """
    ordered = sorted(entries, key=lambda entry: (entry.citizen_id, not entry.reversal))
    if not ordered:
        return Booked()
    with connection.cursor() as cursor:
        rows = _share_points(ordered, lock(cursor, {entry.citizen_id for entry in ordered}))
        _write(cursor, rows)
        _post(rows)
        _total(cursor, rows)
    return Booked(sum(row.entry.reduction_mg for row in rows), sum(row.points for row in rows))


def lock(cursor: CursorWrapper, citizen_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Lock the citizens' tallies in the order of ids, opened where need be; return their remainders (mg)."""
    wanted = sorted(set(citizen_ids))
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


def _write(cursor: CursorWrapper, rows: Sequence[_Row]) -> None:
    into = f"COPY activities_reduction ({COLUMNS}) FROM STDIN"
    with connection.wrap_database_errors, cursor.copy(into) as copy:
        for row in rows:
            entry = row.entry
            copy.write_row(
                (
                    row.id,
                    entry.citizen_id,
                    entry.activity_id,
                    entry.generation,
                    entry.reversal,
                    entry.cause,
                    entry.methodology_id,
                    entry.scenario_id,
                    entry.city_day,
                    entry.distance_m,
                    None if entry.inputs is None else Jsonb(entry.inputs),
                    entry.reduction_mg,
                    row.carried_mg,
                    row.mg_per_point,
                    entry.fixed_points,
                    row.points,
                )
            )


def _post(rows: Sequence[_Row]) -> None:
    """Award or take back the points of each row, under the row's own id; what was spent before becomes a debt."""
    moving = [row for row in rows if row.points]
    if not moving:
        return
    holders = {row.entry.citizen_id for row in moving}
    issuance, accounts = issuance_account(), open_accounts(holders, Chart.CITIZEN)
    lock_accounts(holders)
    post(
        [
            Draft(row.id, issuance, accounts[row.entry.citizen_id], row.points, Code.AWARD, row.id)
            for row in moving
            if row.points > 0
        ]
    )
    claw_back([Clawback(row.id, row.entry.citizen_id, -row.points, row.id) for row in moving if row.points < 0])


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
        [list(tallies), *(list(column) for column in zip(*tallies.values(), strict=True))],
    )
    keys = sorted(days)
    cursor.execute(
        _ADD_DAYS,
        [
            *(list(column) for column in zip(*keys, strict=True)),
            *(list(column) for column in zip(*(days[key] for key in keys), strict=True)),
        ],
    )


# An upsert would check the negative amounts of a reversal as if they were a row; the tally's lock makes this as safe.
_ADD_DAYS = """
    WITH own AS (
        SELECT * FROM unnest(
            %s::uuid[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]
        ) AS own (citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)
    ), added AS (
        UPDATE activities_dailytotal d SET
            activities = d.activities + own.activities, distance_m = d.distance_m + own.distance_m,
            reduction_mg = d.reduction_mg + own.reduction_mg, points = d.points + own.points
        FROM own
        WHERE (d.citizen_id, d.city_day, d.scenario_id) = (own.citizen_id, own.city_day, own.scenario_id)
        RETURNING d.citizen_id, d.city_day, d.scenario_id
    )
    INSERT INTO activities_dailytotal
        (citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)
    SELECT citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points FROM own
    WHERE (citizen_id, city_day, scenario_id) NOT IN (SELECT citizen_id, city_day, scenario_id FROM added)"""


def _add(sums: list[int], amounts: Sequence[int]) -> None:
    for place, amount in enumerate(amounts):
        sums[place] += amount
