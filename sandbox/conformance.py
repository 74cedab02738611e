"""What a partner's developers run against the sandbox: their sample through the webhook door, well and badly.

Every check is one request or one reading of their sample, and a failed one says what to fix.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from activities.intake import readers
from activities.intake.formats.vocabulary import Format
from activities.intake.mapping import Mapping
from activities.intake.preview import Preview, preview
from activities.intake.problems import RowError
from sandbox import webhooks

TIMEOUT_S = 20
GOOD_ROWS = 50


@dataclass(frozen=True)
class Check:
    """One thing that must hold; `fix` says what to do where it does not."""

    name: str
    passed: bool
    fix: str = ""


class Bench:
    """One feed, its secret, and where it is received."""

    def __init__(self, url: str, feed: str, secret: str) -> None:
        self.address, self.secret = f"{url.rstrip('/')}/hooks/{feed}/", secret

    def post(self, message_id: str, body: str, *, at: datetime | None = None, tamper: str = "") -> tuple[int, str]:
        """Status and code (or the delivery's id) of the answer."""
        headers = {"content-type": "application/json", **webhooks.sign(self.secret, message_id, body, at)}
        answer = requests.post(self.address, (body + tamper).encode(), headers=headers, timeout=TIMEOUT_S)
        try:
            document: dict[str, Any] = answer.json()
        except ValueError:
            return answer.status_code, ""
        return answer.status_code, str(document.get("code") or document.get("delivery") or "")


def run(bench: Bench, declared: Format, sample: Path, scenarios: set[str]) -> Iterator[Check]:
    """The checks in their order. Raises Refused, OSError where the sample cannot be read."""
    with sample.open("rb") as content:
        found = preview(content, sample.stat().st_size, declared, scenarios)
    yield from _check_sample(found)
    rows = _good_rows(declared, sample)
    if rows:
        yield from _check_door(bench, rows)


def _check_sample(found: Preview) -> Iterator[Check]:
    yield Check("the sample has rows", found.rows > 0, "send a sample of a day with activities")
    for line, error, _row in found.refused[:5]:
        yield Check(f"line {line} is understood", False, f"{error.code}: {error.field or 'row'}: {error.detail}")
    share = 100 * found.quarantined / found.rows if found.rows else 0
    yield Check("at most 1% of the rows are quarantined", share <= 1, f"{share:.1f}% are; see the lines above")
    yield Check(
        "no event id stands for two events",
        found.changed == 0,
        f"{found.changed} rows have an id that came before with other content; declare what makes an id unique, or"
        " `revision` if these are corrections",
    )
    yield Check(
        "times are in the past",
        found.latest is None or found.latest <= datetime.now(UTC) + timedelta(minutes=5),
        f"the latest begins at {found.latest}; is `zone` right?",
    )


def _good_rows(declared: Format, sample: Path) -> list[Any]:
    """Some rows of the sample that are understood, as a webhook brings them."""
    with sample.open("rb") as content:
        stream = readers.open_stream(content, sample.stat().st_size, declared)
        mapping = Mapping(declared, stream.header)
        rows: list[Any] = []
        for line, row in stream.items:
            try:
                draft = mapping.draft(line, row)
            except RowError:  # told above
                continue
            if draft is not None and len(rows) < GOOD_ROWS:
                rows.append(row if isinstance(row, dict) else dict(zip(stream.header or [], row, strict=False)))
    return rows


def _check_door(bench: Bench, rows: list[Any]) -> Iterator[Check]:
    body, name = (
        json.dumps({"type": webhooks.EVENT_TYPE, "data": rows}, ensure_ascii=False, default=str),
        f"c-{uuid4()}",
    )
    status, first = bench.post(name, body)
    fix = "check the secret, the feed's code and that the contract is in force"
    yield Check("a signed body is taken (202)", status == 202, f"{status} {first}: {fix}")
    status, again = bench.post(name, body)
    yield Check("the same message again is the same delivery", (status, again) == (202, first), f"{status} {again}")
    status, code = bench.post(name, body.replace("}", " }", 1))
    yield Check("another body under the same id is refused (409)", code == "delivery_conflict", f"{status} {code}")
    status, code = bench.post(f"{name}-t", body, tamper=" ")
    yield Check("a changed body is refused (401)", code == "signature_invalid", f"{status} {code}")
    status, code = bench.post(f"{name}-o", body, at=datetime.now(UTC) - timedelta(minutes=6))
    yield Check("an old signature is refused (401)", code == "signature_invalid", f"{status} {code}")
    status, code = bench.post(f"{name}-l", "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows))
    yield Check("JSON lines are taken (202)", status == 202, f"{status} {code}")
    status, code = bench.post(f"{name}-b", json.dumps({"data": [{"nothing": "here"}]}))
    yield Check("a bad row is taken, and quarantined (202)", status == 202, f"{status} {code}")
