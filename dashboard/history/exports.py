"""A citizen's own entries as a file, written while it is read: as long as the history is, and no more memory."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils.translation import get_language, override

from activities.integrity import reasons
from config import clock
from dashboard import entries
from dashboard.entries import Entry, Filter
from dashboard.templatetags.amounts import status_name

PAGE = 500
FIELDS = (
    "id",
    "scenario",
    "scenario_name",
    "partner",
    "partner_name",
    "started_at",
    "ended_at",
    "city_day",
    "distance_m",
    "distance_basis",
    "quantity",
    "status",
    "status_name",
    "reason",
    "reason_text",
    "reduction_mg",
    "points",
    "bonus_points",
)
"""Masses in mg of CO2e, distances in m, points whole; instants in the city's time with its offset from UTC. A `_name`
and the text stand beside their code, in the reader's language."""
BOM = "\ufeff"
"""By which spreadsheets know that a CSV file is UTF-8."""

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def answer(citizen_id: UUID, kind: str, wanted: Filter) -> StreamingHttpResponse:
    """The file as an answer; `X-Total-Count` says how many entries there will be. `kind` is `csv` or `json`."""
    write = {"csv": _csv, "json": _json}[kind]
    rows = _rows(citizen_id, wanted, get_language() or settings.LANGUAGE_CODE)
    response = StreamingHttpResponse(write(rows), content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="tanpuhui-entries.{kind}"'
    response["X-Total-Count"] = str(wanted.of(entries.activities_of(citizen_id)).count())
    response["Cache-Control"] = "private, no-store"
    return response


def _rows(citizen_id: UUID, wanted: Filter, language: str) -> Iterator[dict[str, Any]]:
    """Read while the answer is sent, when the request's own language is over."""
    after: str | None = ""
    while after is not None:
        page = entries.page(citizen_id, wanted=wanted, after=after, limit=PAGE)
        with override(language):
            rows = [_row(entry) for entry in page.entries]
        yield from rows
        after = page.after


def _row(entry: Entry) -> dict[str, Any]:
    activity, reduction = entry.activity, entry.reduction
    return {
        "id": str(activity.pk),
        "scenario": activity.scenario.code,
        "scenario_name": activity.scenario.name,
        "partner": activity.feed.partner.code,
        "partner_name": activity.feed.partner.name,
        "started_at": _instant(activity.started_at),
        "ended_at": _instant(activity.ended_at) if activity.ended_at else None,
        "city_day": activity.city_day.isoformat(),
        "distance_m": activity.distance_m,
        "distance_basis": activity.distance_basis,
        "quantity": activity.quantity,
        "status": activity.status,
        "status_name": status_name(activity.status),
        "reason": activity.reason,
        "reason_text": reasons.describe(activity.reason) if activity.reason else "",
        "reduction_mg": reduction.reduction_mg if reduction else None,
        "points": reduction.points if reduction else None,
        "bonus_points": entry.bonus_points,
    }


def _instant(instant: datetime) -> str:
    return instant.astimezone(clock.city_zone()).isoformat()


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    buffer.write(BOM)
    writer = csv.DictWriter(buffer, FIELDS)
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield '{"entries": ['
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False)
    yield "\n]}\n"
