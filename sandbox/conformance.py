"""What a partner's developers run against the sandbox: their sample through the doors, well and badly.

Every check is one request or one reading of their sample, and a failed one says what to fix. Nothing of it needs the
city's database: the feed's declaration and its secret are enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import uuid4

import msgspec
import requests

from activities.intake import formats, pull, readers
from activities.intake.drafts import Draft
from activities.intake.formats.vocabulary import Format
from activities.intake.mapping import Mapping
from activities.intake.preview import Preview, preview
from activities.intake.problems import Refused, RowError
from activities.models import Delivery, Feed
from sandbox import alterations, receipts, rehearsal, webhooks
from sandbox.receipts import Reader, Receipt
from sandbox.rehearsal import Rehearsal

TIMEOUT_S = 20
JSON = msgspec.json.Encoder(decimal_format="number")
GOOD_ROWS = 50
BAD_ROW = "a bad row"
SAME_ROWS = ("the signed body", "JSON lines", "the same rows under another id", "rows in another order")
ANOTHERS_SECRET = "whsec_YW5vdGhlciBwYXJ0bmVyJ3Mgc2VjcmV0LCAzMmI="


@dataclass(frozen=True)
class Check:
    """One thing that must hold; `fix` says what to do where it does not."""

    name: str
    passed: bool
    fix: str = ""


@dataclass(frozen=True)
class Note:
    """What a partner should know, and need not put right."""

    text: str

    def describe(self) -> list[str]:
        return [self.text]


class Bench:
    """One feed, its secret, and where it is received."""

    def __init__(self, url: str, feed: str, secret: str) -> None:
        self.address, self.secret = f"{url.rstrip('/')}/hooks/{feed}/", secret
        self.took_ms: list[float] = []
        self.sent: dict[str, str] = {}  # what a body was sent for, and its delivery
        self.kept_out = 0  # how many pieces of a good row are no activities

    def post(
        self, message_id: str, body: str, *, at: datetime | None = None, tamper: str = "", secret: str | None = None
    ) -> tuple[int, str]:
        """Status and code (or the delivery's id) of the answer. An empty `secret` signs nothing."""
        headers = {"content-type": "application/json"}
        if (signing := self.secret if secret is None else secret) != "":
            headers |= webhooks.sign(signing, message_id, body, at)
        answer = requests.post(self.address, (body + tamper).encode(), headers=headers, timeout=TIMEOUT_S)
        self.took_ms.append(answer.elapsed.total_seconds() * 1000)
        try:
            document: dict[str, Any] = answer.json()
        except ValueError:
            return answer.status_code, ""
        return answer.status_code, str(document.get("code") or document.get("delivery") or "")


def run(bench: Bench, declared: Format, sample: Path, scenarios: set[str]) -> Iterator[Check | Note | Receipt]:
    """The checks in their order. Raises Refused, OSError where the sample cannot be read."""
    with sample.open("rb") as content:
        found = preview(content, sample.stat().st_size, declared, scenarios, file=sample.name)
    yield from _check_sample(found)
    rows, drafts = _read_good(declared, sample)
    if rows:
        yield from _check_doors_agree(declared, rows, drafts)
        yield from _check_signatures(bench, declared, rows)
        yield from _check_rows(bench, declared, rows)
        yield from _check_receipts(bench)


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


def _read_good(declared: Format, sample: Path) -> tuple[list[dict[str, Any]], list[Draft]]:
    """Some rows of the sample that are understood, as a webhook brings them, and what they are understood as."""
    with sample.open("rb") as content:
        stream = readers.open_stream(content, sample.stat().st_size, declared, sample.name)
        mapping = Mapping(declared, stream.header)
        rows: list[dict[str, Any]] = []
        drafts: list[Draft] = []
        last = 0  # of the pieces of a row one stands for it: sent, it is split again
        for line, row in stream.items:
            try:
                draft = mapping.draft(line, row)
            except RowError:  # told above
                continue
            if draft is not None and len(rows) < GOOD_ROWS and line != last:
                last = line
                rows.append(row if isinstance(row, dict) else dict(zip(stream.header or [], row, strict=False)))
                drafts.append(draft)
    return rows, drafts


def _check_doors_agree(declared: Format, rows: list[dict[str, Any]], drafts: list[Draft]) -> Iterator[Check]:
    mapping = Mapping(formats.of_webhook(declared), None)
    differing = [draft.line for row, draft in zip(rows, drafts, strict=True) if not _same(mapping, row, draft)]
    yield Check(
        "a file and a webhook say the same",
        not differing,
        f"lines {differing[:5]} are understood otherwise as JSON; give columns names, not positions (`columns` names"
        " them all)",
    )


def _same(mapping: Mapping, row: dict[str, Any], draft: Draft) -> bool:
    try:
        other = mapping.draft(draft.line, row)
    except RowError:
        return False
    return other is not None and other.content_digest == draft.content_digest


def _check_signatures(bench: Bench, declared: Format, rows: list[dict[str, Any]]) -> Iterator[Check]:
    body, name = _encode(declared, rows), f"c-{uuid4()}"
    status, first = bench.post(name, body)
    fix = "check the secret, the feed's code and that the contract is in force"
    yield Check("a signed body is taken (202)", status == 202, f"{status} {first}: {fix}")
    if status == 202:
        bench.sent["the signed body"] = first
    status, again = bench.post(name, body)
    yield Check("the same message again is the same delivery", (status, again) == (202, first), f"{status} {again}")
    status, code = bench.post(name, f"{body} ")
    yield Check("another body under the same id is refused (409)", code == "delivery_conflict", f"{status} {code}")
    wrong: dict[str, dict[str, Any]] = {
        "a changed body": {"tamper": " "},
        "an old signature": {"at": datetime.now(UTC) - timedelta(minutes=6)},
        "a signature of tomorrow": {"at": datetime.now(UTC) + timedelta(days=1)},
        "another's secret": {"secret": ANOTHERS_SECRET},
        "no signature": {"secret": ""},
    }
    for what, how in wrong.items():
        status, code = bench.post(f"c-{uuid4()}", body, **how)
        yield Check(f"{what} is refused (401)", (status, code) == (401, "signature_invalid"), f"{status} {code}")


def _check_rows(bench: Bench, declared: Format, rows: list[dict[str, Any]]) -> Iterator[Check | Note]:
    lines = "\n".join(map(_write, rows))
    bench.kept_out = _count_kept_out(declared, rows[:1])
    corrected, cancelled = alterations.correct(declared, rows), alterations.cancel(declared, rows)
    if corrected is None:
        yield _tell_uncorrectable(declared)
    if (named := alterations.names_its_event(declared, rows)) is not None:
        fix = "leave the columns of its `when` out of `event_id`: with them it has another id than what it takes back"
        yield Check("a cancellation names its event", named, fix)
    bodies = {
        "JSON lines": lines,
        "the same rows under another id": _encode(declared, rows),
        "rows in another order": _encode(declared, rows[::-1]),
        BAD_ROW: _encode(declared, [{"nothing": "here"}, *rows[:1]]),
        "a correction": _encode(declared, [corrected]) if corrected else "",
        "a cancellation": _encode(declared, [cancelled]) if cancelled else "",
    }
    for what, body in bodies.items():
        if body:
            status, code = bench.post(f"c-{uuid4()}", body)
            yield Check(f"{what}: taken (202)", status == 202, f"{status} {code}")
            if status == 202:
                bench.sent[what] = code


def _tell_uncorrectable(declared: Format) -> Note:
    """A feed whose id is made of all that a row says: nothing is wrong with it, but it works otherwise."""
    instead = "take the row back as it was told"
    if (case := next((case for case in declared.cases if case.action == "cancel"), None)) is not None:
        by = ", ".join(f"{name}: {value}" for name, value in alterations.matching(case).items())
        instead += f" (a row with {by})" if by else ""
        instead += " and send the right one"
    else:
        instead += " and send the right one; for that declare a case with `action: cancel`, or a feed of cancellations"
    return Note(
        "no correction can be told: whatever changes in a row, it is another event by `event_id`. If you have an id"
        f" that stays, take it; else {instead}"
    )


def _count_kept_out(declared: Format, rows: list[dict[str, Any]]) -> int:
    """How many of what a webhook of these rows holds are quarantined or passed over."""
    declared = formats.of_webhook(declared)
    mapping, kept_out = Mapping(declared, None), 0
    for line, row in readers.read_webhook(_write(rows).encode(), declared).items:
        try:
            kept_out += mapping.draft(line, row) is None
        except RowError:
            kept_out += 1
    return kept_out


def _check_receipts(bench: Bench) -> Iterator[Check | Receipt]:
    """What became of the bodies, as the partner reads it."""
    if not bench.sent:
        return
    reader = Reader(bench.address, bench.secret)
    statuses = reader.ask_wrongly(next(iter(bench.sent.values())), ANOTHERS_SECRET)
    yield Check("others read no outcome (401, 404)", statuses == (401, 404), f"{statuses}")
    told = {receipt.what: receipt for receipt in reader.wait(bench.sent.items())}
    missing = len(bench.sent) - len(told)
    yield Check("every body is digested", not missing, f"{missing} are not after {receipts.WAIT_S} s: is a worker up?")
    yield from told.values()
    refused = [what for what, receipt in told.items() if receipt.document["refusal"]]
    yield Check("no body is refused whole", not refused, f"refused: {', '.join(refused)}")
    first_tellings = sum(told[what].taken > 0 for what in SAME_ROWS if what in told)
    yield Check("rows that come again are duplicates", first_tellings <= 1, f"{first_tellings} bodies had new rows")
    if BAD_ROW in told:
        counts = told[BAD_ROW].counts
        kept_out, expected = counts["quarantined"] + counts["skipped"], 1 + bench.kept_out
        fix = f"{kept_out} of {counts['rows']} rows were kept out, not {expected}"
        yield Check("a bad row is kept out, the good one is not", kept_out == expected, fix)


def rehearse_file(feed: Feed, sample: Path) -> Iterator[Check | Rehearsal]:
    """The sample as a file of the feed, taken in twice and taken back. Raises Refused, OSError."""
    found = rehearsal.rehearse(feed, sample, Delivery.Door.FILE)
    yield found
    yield _all_known(found, "the file")


def check_pull(feed: Feed) -> Iterator[Check | Rehearsal]:
    """The first page of a feed that is pulled, taken in twice and taken back. Raises requests.RequestException."""
    try:
        content = pull.fetch_first(feed)
        with NamedTemporaryFile(suffix=".page") as page:
            page.write(content)
            page.flush()
            found = rehearsal.rehearse(feed, Path(page.name), Delivery.Door.PULL) if content.strip() else None
    except pull.NotYet:
        yield Check(
            "the first page is ready", False, "the partner says that it is not over yet; try an earlier `start`"
        )
    except (pull.Unavailable, Refused) as problem:
        yield Check("the first page is understood", False, str(problem))
    else:
        rows = found.first.rows if found else 0
        yield Check("the first page has rows", rows > 0, "there are none; is `start`, or the cursor, right?")
        if found is not None:
            yield found
            yield _all_known(found, "the page")


def _all_known(found: Rehearsal, what: str) -> Check:
    credited = found.again.reduction_mg == 0 and found.again.accepted == 0
    return Check(
        f"{what} again credits nothing", credited, f"{found.again.accepted} were counted twice; fix `event_id`"
    )


def _encode(declared: Format, rows: list[dict[str, Any]]) -> str:
    """In an envelope, or as a bare list where the format's path leads elsewhere."""
    if declared.container.kind == "json":
        return _write(rows)
    envelope = {"type": webhooks.EVENT_TYPE, "timestamp": datetime.now(UTC).isoformat(), "data": rows}
    return _write(envelope)


def _write(value: Any) -> str:
    """JSON with numbers as numbers, to their last digit."""
    return JSON.encode(value).decode()
