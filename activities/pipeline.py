"""The set-based path of a batch: resolve, deduplicate, compose, judge, quantify, credit; one transaction.

Rows are copied into temporary tables and every step is one statement over all of them (sql/pipeline/), so
that cost does not grow with round trips. Citizens are locked through their tally, in the order of ids:
two batches that touch the same citizen follow each other, all others run side by side.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.linking.models import digest_subject
from activities import crediting
from activities.intake.mapping import Draft
from activities.integrity import reasons, registry
from activities.methodologies import families
from activities.methodologies.columns import Columns
from activities.methodologies.versions import Calendar
from activities.models import Activity, Delivery, Methodology, Reduction, Scenario
from activities.outcome import Outcome
from config import secrecy, sql
from config.clock import city_day
from config.identifiers import new_id

STEPS = Path(__file__).parent / "sql" / "pipeline"
ROW_COLUMNS = (
    "line, event_id, activity_id, key, subject_digest, content_digest, scenario_id, half, "
    "started_at, ended_at, city_day, distance_m, distance_basis, quantity, place"
)


class Batch:
    """The result of a run: its counts, and the lines whose event came before with other content."""

    def __init__(self, outcome: Outcome, changed_lines: list[int]) -> None:
        self.outcome = outcome
        self.changed_lines = changed_lines


@transaction.atomic
def run(delivery: Delivery, drafts: Sequence[Draft], pairing_limit: timedelta | None = None) -> Batch:
    """Take a batch of drafts in. Running it again with the same drafts changes nothing.

    Halves of journeys must come sorted by subject and time. Raises nothing on account of single rows.
    """
    with connection.cursor() as cursor:
        _execute(cursor, "stage")
        _stage(cursor, delivery, drafts)
        _execute(cursor, "resolve", partner_id=delivery.feed.partner_id)
        _execute(cursor, "lock")
        _execute(cursor, "deduplicate")
        _execute(cursor, "compose")
        if pairing_limit is not None:
            _execute(cursor, "pair", limit=pairing_limit)
        _execute(cursor, "body")
        registry.judge(cursor)
        _quantify(cursor)
        _execute(
            cursor,
            "write",
            feed_id=delivery.feed_id,
            delivery_id=delivery.id,
            evidence=delivery.feed.evidence,
        )
        booked = _credit(cursor)
        cursor.execute("SET LOCAL enable_seqscan = on")
        return _count(cursor, len(drafts), booked)


def _execute(cursor: CursorWrapper, step: str, **parameters: Any) -> None:
    """Run the statements of a step one by one, as the server takes parameters for single statements only."""
    for statement in sql.read(STEPS, step).split(";\n"):
        if statement.strip():
            cursor.execute(statement, parameters or None)


def _stage(cursor: CursorWrapper, delivery: Delivery, drafts: Iterable[Draft]) -> None:
    partner = delivery.feed.partner.code
    scenarios = dict(Scenario.objects.values_list("code", "id"))
    with cursor.copy(f"COPY stage_row ({ROW_COLUMNS}) FROM STDIN") as copy:
        for draft in drafts:
            copy.write_row(_staged(draft, partner, scenarios[draft.scenario]))


def _staged(draft: Draft, partner: str, scenario_id: int) -> tuple[Any, ...]:
    return (
        draft.line,
        new_id(),
        new_id(),
        UUID(bytes=secrecy.digest("event", partner, draft.external_id)),
        digest_subject(partner, draft.subject),
        draft.content_digest,
        scenario_id,
        draft.half,
        draft.started_at,
        draft.ended_at,
        city_day(draft.started_at),
        draft.distance_m,
        draft.distance_basis,
        draft.quantity,
        digest_place(partner, draft.place),
    )


def digest_place(partner_code: str, place: str) -> int | None:
    """A place of a partner as a keyed 63-bit number; None where there is none."""
    return int.from_bytes(secrecy.digest("place", partner_code, place)[:8]) >> 1 if place else None


def _quantify(cursor: CursorWrapper) -> None:
    """Hand the undecided activities to their methodology, group by group; hold those that cannot be quantified."""
    cursor.execute(
        "SELECT activity_id, scenario_id, started_at, distance_m, distance_basis, quantity"
        " FROM stage_activity WHERE verdict IS NULL ORDER BY activity_id"
    )
    calendar = Calendar()
    groups: dict[Methodology, list[tuple[Any, ...]]] = {}
    held: list[tuple[UUID, str]] = []
    for row in cursor.fetchall():
        version = calendar.in_force(row[1], row[2])
        if version is None:
            held.append((row[0], reasons.METHODOLOGY_MISSING))
        else:
            groups.setdefault(version, []).append(row)
    with cursor.copy("COPY stage_reduction (activity_id, methodology_id, reduction_mg) FROM STDIN") as copy:
        for version, rows in groups.items():
            columns = Columns.of([row[3] for row in rows], [row[4] for row in rows], [row[5] for row in rows])
            amounts = families.quantify(version.family, version.parameters, columns).tolist()
            for row, reduction_mg in zip(rows, amounts, strict=True):
                if reduction_mg < 0:
                    held.append((row[0], reasons.INPUT_MISSING))
                else:
                    copy.write_row((row[0], version.pk, reduction_mg))
    if held:
        cursor.executemany(
            "UPDATE stage_activity SET verdict = 'held', reason = %s WHERE activity_id = %s",
            [(reason, activity_id) for activity_id, reason in held],
        )


def _credit(cursor: CursorWrapper) -> crediting.Booked:
    cursor.execute(
        "SELECT a.citizen_id, a.activity_id, r.methodology_id, a.scenario_id, a.city_day, a.distance_m, r.reduction_mg"
        " FROM stage_reduction r JOIN stage_activity a USING (activity_id)"
        " ORDER BY a.citizen_id, a.started_at, a.activity_id"
    )
    return crediting.book(
        crediting.Entry._make((*row, Reduction.Cause.CREDITED, 1, False, 0, None, 0)) for row in cursor.fetchall()
    )


def _count(cursor: CursorWrapper, rows: int, booked: crediting.Booked) -> Batch:
    outcome = Outcome(rows=rows, reduction_mg=booked.reduction_mg, points=booked.points)
    cursor.execute(
        "SELECT coalesce(verdict, 'accepted'), coalesce(reason, ''), count(*) FROM stage_activity GROUP BY 1, 2"
    )
    for verdict, reason, count in cursor.fetchall():
        setattr(outcome, verdict, getattr(outcome, verdict) + count)
        if verdict != Activity.Status.ACCEPTED:
            outcome.reasons[reason] += count
    cursor.execute("SELECT state, count(*) FROM stage_row WHERE state IS NOT NULL GROUP BY 1")
    states = dict(cursor.fetchall())
    outcome.unlinked = states.get("unlinked", 0)
    outcome.duplicates = states.get("duplicate", 0)
    cursor.execute("SELECT line FROM stage_row WHERE state = 'changed' ORDER BY line")
    return Batch(outcome, [line for (line,) in cursor.fetchall()])
