"""The one place where reductions are booked: rows, ledger transfers, tallies and daily totals, all or none.

Credits, corrections, reviews, appeals and restatements all pass here. A row is never changed: what was credited
is taken back by a reversal of its generation and, where the activity still counts, credited as the next one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from activities import funding
from activities.entries import Entry as Entry
from activities.entries import Row
from activities.methodologies import stored
from activities.models import CampaignAward, PointsRate
from config import clock, copying
from config.problems import Problem
from ledger.clawback import Clawback, claw_back
from ledger.models import Chart, Code
from ledger.posting import Draft, open_accounts, post
from ledger.posting import lock as lock_accounts

COLUMNS = (
    "id, citizen_id, activity_id, generation, reversal, cause, methodology_id, scenario_id, city_day, "
    "distance_m, inputs, reduction_mg, carried_mg, mg_per_point, fixed_points, programme_id, unfunded_points, points"
)


class RateMissing(Problem):
    status, code, title = 500, "points_rate_missing", "No points rate is in force."


@dataclass(frozen=True, slots=True)
class Booked:
    """Sums over what was booked, reversals counted negative."""

    reduction_mg: int = 0
    points: int = 0


class _Move(NamedTuple):
    id: UUID
    citizen_id: UUID
    programme_id: UUID
    points: int
    code: Code
    city_day: date


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
        kept = _keep_contents(cursor, ordered)
        rows, bonuses = funding.award(kept, remainders, rate_in_force())
        _write(cursor, rows)
        CampaignAward.objects.bulk_create(bonuses)
        _post(rows, bonuses)
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


def _keep_contents(cursor: CursorWrapper, entries: Sequence[Entry]) -> Sequence[Entry]:
    reversed_ids = [(entry.citizen_id, entry.activity_id) for entry in entries if entry.reversal]
    if not reversed_ids:
        return entries
    contents = stored.contents(cursor, reversed_ids)
    return [entry._replace(inputs=contents.get(entry.activity_id)) if entry.reversal else entry for entry in entries]


def _write(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
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
            copying.uuids(row.programme_id for row in rows),
            copying.numbers(row.unfunded_points for row in rows),
            copying.numbers(row.points for row in rows),
        ],
    )


def _post(rows: Sequence[Row], bonuses: Sequence[CampaignAward]) -> None:
    """Award or take back points, each from and to its programme; what was spent before becomes a debt."""
    moving = [
        _Move(row.id, row.entry.citizen_id, row.programme_id, row.points, Code.AWARD, row.entry.city_day)
        for row in rows
        if row.points
    ] + [
        _Move(bonus.id, bonus.citizen_id, bonus.campaign.programme_id, bonus.points, Code.BONUS, bonus.city_day)
        for bonus in bonuses
    ]
    if not moving:
        return
    holders = {move.citizen_id for move in moving}
    taking = [
        Clawback(move.id, move.citizen_id, -move.points, move.id, move.programme_id, clock.day_start(move.city_day))
        for move in moving
        if move.points < 0
    ]
    sources = open_accounts({move.programme_id for move in moving}, Chart.ISSUANCE)
    wallets = open_accounts(holders, Chart.CITIZEN)
    if taking:
        lock_accounts(holders)
    post(
        [
            Draft(move.id, sources[move.programme_id], wallets[move.citizen_id], move.points, move.code, move.id)
            for move in moving
            if move.points > 0
        ]
    )
    claw_back(taking)


def _total(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """The sums that pages read: per citizen, and per citizen, day and scenario."""
    tallies: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0])
    days: dict[tuple[UUID, date, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        entry, sign = row.entry, -1 if row.entry.reversal else 1
        tally = tallies[entry.citizen_id]
        tally[0] += entry.reduction_mg
        tally[1] += row.rest_mg
        tally[2] += row.points
        day = days[entry.citizen_id, entry.city_day, entry.scenario_id]
        day[0] += sign
        day[1] += sign * (entry.distance_m or 0)
        day[2] += entry.reduction_mg
        day[3] += row.points
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
