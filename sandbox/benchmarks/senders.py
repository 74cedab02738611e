"""A partner's side under fire: signed webhooks, posted until they are taken, and files laid down in a folder."""

import csv
import gzip
import io
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import requests

from activities.models import Delivery
from sandbox import webhooks
from sandbox.benchmarks import rides

FIRST_SENT = datetime(2016, 12, 1, tzinfo=UTC)
GIVE_UP_S = 180
PAUSE_S = 0.3
"""A real partner waits for Retry-After; the sender of a benchmark has less patience."""


class Body(NamedTuple):
    """What a partner sends: its number is the webhook's id or the file's name."""

    number: int
    door: Delivery.Door
    content: bytes

    @property
    def sent_at(self) -> datetime:
        return FIRST_SENT + timedelta(minutes=self.number)


def compose(subjects: list[str], number: int, rows: int) -> Body:
    """Webhooks and files in turn; every fourth corrects the rides of the one before it. Some rows are no good."""
    corrects = number % 4 == 3
    packed = rides.write_file(subjects, rows, number - corrects, pace=0.5 if corrects else 1)
    lines = [*gzip.decompress(packed).decode().splitlines(), *_spoiled(subjects, number)]
    if number % 2:
        return Body(number, Delivery.Door.STORE, gzip.compress("\n".join(lines).encode(), mtime=0))
    envelope = {
        "type": webhooks.EVENT_TYPE,
        "timestamp": (FIRST_SENT + timedelta(minutes=number)).isoformat(),
        "data": list(csv.DictReader(io.StringIO("\n".join(lines)))),
    }
    return Body(number, Delivery.Door.WEBHOOK, json.dumps(envelope).encode())


def _spoiled(subjects: list[str], number: int) -> Iterator[str]:
    """A row without a time, one of somebody unknown, a ride too long to be true, one inside another."""
    day = rides.FIRST_DAY + timedelta(days=number)
    yield f"{number}-a,{subjects[0]},yesterday,{day:%Y-%m-%d} 23:10,1.000"
    yield f"{number}-b,nobody,{day:%Y-%m-%d} 22:00,{day:%Y-%m-%d} 22:10,1.000"
    yield f"{number}-c,{subjects[1]},{day:%Y-%m-%d} 20:10,{day:%Y-%m-%d} 23:40,3.000"
    yield f"{number}-d,{subjects[2]},{day:%Y-%m-%d} 21:00,{day:%Y-%m-%d} 21:20,3.000"
    yield f"{number}-e,{subjects[2]},{day:%Y-%m-%d} 21:05,{day:%Y-%m-%d} 21:15,2.000"


class NotTaken(Exception):  # noqa: N818  it names what happened
    """However often it was sent, it was not taken."""


class Sender:
    """Counts the answers as it goes: by their status, `cut` where the connection broke."""

    def __init__(self, url: str, secret: str, folder: Path) -> None:
        self.url, self.secret, self.folder = url, secret, folder
        self.answers: Counter[str] = Counter()

    def send(self, body: Body) -> None:
        """Until it is taken. Raises NotTaken."""
        if body.door == Delivery.Door.STORE:
            return self.lay(body)
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            answer = self.post(body)
            if answer is not None and answer.ok:
                return None
            time.sleep(PAUSE_S)
        raise NotTaken(body.number)

    def post(self, body: Body) -> requests.Response | None:
        """The answer to one try; None where there was none."""
        signed = webhooks.sign(self.secret, f"body-{body.number}", body.content.decode())
        headers = {"content-type": "application/json", **signed}
        try:
            answer = requests.post(self.url, body.content, headers=headers, timeout=20, allow_redirects=False)
        except requests.RequestException:
            self.answers["cut"] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        return answer

    def lay(self, body: Body) -> None:
        """A file in the partner's folder, whole from one moment to the next."""
        path = self.folder / f"body-{body.number:04}.csv.gz"
        unready = path.with_name(f".{path.name}")
        unready.write_bytes(body.content)
        os.utime(unready, (body.sent_at.timestamp(),) * 2)
        unready.rename(path)
