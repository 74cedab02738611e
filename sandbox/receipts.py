"""What a city's doors say of the bodies that were sent to them, read as a partner reads it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from sandbox import webhooks

WAIT_S = 60
"""How long a delivery may wait for a worker."""
PAUSE_S = 0.5
TIMEOUT_S = 20
SHOWN = 5
UNTOLD = "(what stood there is told only of people who are linked)"
COUNTS = ("rows", "duplicates", "corrected", "cancelled", "unlinked", "skipped", "quarantined")


@dataclass(frozen=True)
class Receipt:
    """What became of one body: what it was sent for, and the document that the city answers."""

    what: str
    document: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.document["counts"]
        return counts

    @property
    def taken(self) -> int:
        """Rows that nobody had told before."""
        return self.counts["rows"] - sum(self.counts[name] for name in COUNTS[1:])

    def describe(self) -> list[str]:
        refusal = self.document["refusal"]
        if refusal:
            return [f"{self.what}: refused: {refusal['code']}: {refusal['detail']}"]
        told = [f"{self.counts[name]:,} {name}" for name in COUNTS if self.counts[name] or name == "rows"]
        told += [f"{count:,} {name}" for name, count in (self.document["verdicts"] or {}).items() if count]
        wrong = self.document["quarantined"][:SHOWN]
        lines = [
            f"  line {row['line']}: {row['code']}: {row['field'] or 'row'}: {row['detail'] or UNTOLD}" for row in wrong
        ]
        return [f"{self.what}: {', '.join(told)}", *lines]


class Reader:
    """Reads the receipts of one feed."""

    def __init__(self, address: str, secret: str) -> None:
        self.address, self.secret = f"{address}deliveries/", secret

    def ask(self, delivery: str, secret: str | None = None) -> requests.Response:
        headers = webhooks.sign(secret or self.secret, delivery, "")
        return requests.get(f"{self.address}{delivery}", headers=headers, timeout=TIMEOUT_S)

    def wait(self, sent: Iterable[tuple[str, str]]) -> list[Receipt]:
        """The receipts of what was sent (what for, and the delivery's id), as far as they are there in time."""
        until = time.monotonic() + WAIT_S
        found: list[Receipt] = []
        for what, delivery in sent:
            while (answer := self.ask(delivery)).ok and answer.json()["state"] == "received":
                if time.monotonic() > until:
                    return found
                time.sleep(PAUSE_S)
            if answer.ok:
                found.append(Receipt(what, answer.json()))
        return found

    def ask_wrongly(self, delivery: str, anothers_secret: str) -> tuple[int, int]:
        """The status of a receipt asked for with another's secret, and of one that does not exist."""
        return self.ask(delivery, anothers_secret).status_code, self.ask(str(uuid4())).status_code
