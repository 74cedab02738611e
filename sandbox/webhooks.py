"""The partner's side of a webhook: signs a body as Standard Webhooks does, and posts it until it is taken."""

import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

import requests
from standardwebhooks import Webhook

from sandbox.city.records import Record

EVENT_TYPE = "activities.reported"
ROWS_MAX = 500
"""Rows in one body; a body must stay below the platform's limit."""
ATTEMPTS = 6
TIMEOUT_S = 20


class NotTaken(Exception):  # noqa: N818  it names what happened
    """The platform refused the webhook, or did not answer in time however often it was asked."""


def encode(records: Iterable[Record]) -> str:
    rows = [record.row for record in records]
    return json.dumps({"type": EVENT_TYPE, "data": rows}, ensure_ascii=False, separators=(",", ":"))


def sign(secret: str, message_id: str, body: str, at: datetime | None = None) -> dict[str, str]:
    """The three headers of Standard Webhooks. `secret` is `whsec_...`, `at` an aware instant, now by default."""
    instant = (at or datetime.now(UTC)).astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(instant.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, instant, body),
    }


def post(site_url: str, feed: str, secret: str, message_id: str, body: str) -> None:
    """Hand one body over; 429 and 5xx are tried again with longer and longer pauses. Raises NotTaken.

    The id stays the same, so that a body that was taken without our hearing of it counts once.
    """
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(min(0.4 * 2**attempt, 8))
        headers = {"content-type": "application/json", **sign(secret, message_id, body)}
        try:
            answer = requests.post(
                f"{site_url}/hooks/{feed}/", body.encode(), headers=headers, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            problem = str(error)
            continue
        if answer.ok:
            return
        problem = f"{answer.status_code} {answer.text[:300]}"
        if answer.status_code != 429 and answer.status_code < 500:
            break
    raise NotTaken(f"{feed} {message_id}: {problem}")


def in_bodies(records: Iterable[Record], rows: int = ROWS_MAX) -> Iterator[list[Record]]:
    """The records in bunches of one body each."""
    rest = iter(records)
    while bunch := list(islice(rest, rows)):
        yield bunch
