"""A citizen's rights over their data: a copy of all of it, and the end of it.

Each room says in its own `privacy.py` what it holds of a person and how it forgets it; settings.PRIVACY_ROOMS names
them, so that nobody imports outward. A room has `export(citizen_id)`, which yields (file name, rows), and
`erase(citizen_id)`, which may run twice.
"""

import csv
import io
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen, Departure, Export
from config import secrecy, spreadsheets
from config.limits import DAY_S, Limit
from config.problems import Problem
from ledger import statements
from ledger.models import Chart

log = logging.getLogger(__name__)
Rows = Iterable[dict[str, Any]]
COPIES = Limit("copies", 6, DAY_S)
KEPT = timedelta(days=3)
THINKING_TIME = timedelta(days=7)
LATE = timedelta(days=1, hours=1)
README = """\
Everything that is held about you, one table a file (CSV, UTF-8).
这里是关于您的全部数据，每个文件一张表（CSV，UTF-8）。

Milligrams (mg) are of CO2e, times are UTC, points are whole.
"""


class Room(Protocol):
    def export(self, citizen_id: UUID) -> Iterator[tuple[str, Rows]]: ...

    def erase(self, citizen_id: UUID) -> None: ...


class ExportBusy(Problem):
    status, code, title = 409, "export_busy", _("Your copy is being made already.")


class NoExport(Problem):
    status, code, title = 404, "no_export", _("There is no copy to download.")


def rooms() -> list[Room]:
    return [cast(Room, import_module(name)) for name in settings.PRIVACY_ROOMS]


def request_export(citizen: Citizen) -> Export:
    """Ask for a copy; the worker makes it. Raises ExportBusy while one is being made, or TooMany."""
    COPIES.count(citizen.pk)
    with transaction.atomic():
        Citizen.objects.select_for_update().get(pk=citizen.pk)
        if Export.objects.filter(citizen=citizen, ready_at=None).exists():
            raise ExportBusy
        return Export.objects.create(citizen=citizen)


def latest_export(citizen: Citizen) -> Export | None:
    return Export.objects.filter(citizen=citizen).order_by("-created_at").first()


def make_export(export_id: UUID) -> None:
    """Write the copy, room by room. May run twice: a copy that is ready stays as it is."""
    export = Export.objects.filter(pk=export_id, ready_at=None).first()
    if export is None:
        return
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", README)
            for done, room in enumerate(rooms()):
                for name, rows in room.export(export.citizen_id):
                    _write(archive, name, rows)
                Export.objects.filter(pk=export.pk).update(percent=100 * (done + 1) // len(rooms()))
        target.seek(0)
        with tempfile.TemporaryFile() as sealed:
            secrecy.seal(target, sealed)
            sealed.seek(0)
            path = default_storage.save(f"exports/{export.pk}.sealed", File(sealed))
    now = timezone.now()
    Export.objects.filter(pk=export.pk).update(ready_at=now, expires_at=now + KEPT, path=path, percent=100)


def make_waiting_exports() -> int:
    return _do_each(make_export, Export.objects.filter(ready_at=None).values_list("pk", flat=True))


def _do_each(deed: Callable[[UUID], None], ids: Iterable[UUID]) -> int:
    """How many were done. What the law asks for one person does not wait for another: who fails is tried next time."""
    done = 0
    for one in list(ids):
        try:
            deed(one)
        except Exception:
            log.exception("%s of %s failed", deed.__name__, one)
        else:
            done += 1
    return done


def overdue() -> int:
    """Copies and erasures that people wait for longer than they should: something fails, and the log says what."""
    now = timezone.now()
    copies = Export.objects.filter(ready_at=None, created_at__lt=now - LATE)
    return copies.count() + Departure.objects.filter(done_at=None, due_at__lt=now - LATE).count()


def _write(archive: zipfile.ZipFile, name: str, rows: Rows) -> None:
    """One table, row by row: the history may be long."""
    with archive.open(f"{name}.csv", "w", force_zip64=True) as file, io.TextIOWrapper(file, "utf-8-sig") as text:
        writer = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(text, fieldnames=list(row))
                writer.writeheader()
            writer.writerow({key: _plain(value) for key, value in row.items()})


def _plain(value: Any) -> Any:
    return spreadsheets.as_text(value) if isinstance(value, str) else value


def open_export(citizen: Citizen, export_id: UUID) -> "File[bytes]":
    """The owner's copy in clear as long as it is kept; raises NoExport for everybody else."""
    export = Export.objects.filter(pk=export_id, citizen=citizen, expires_at__gt=timezone.now()).first()
    if export is None or not default_storage.exists(export.path):
        raise NoExport
    clear = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    with default_storage.open(export.path) as sealed:
        secrecy.unseal(sealed, clear)
    clear.seek(0)
    return File(clear)


def old_exports() -> QuerySet[Export]:
    return Export.objects.filter(expires_at__lte=timezone.now())


def drop_old_exports() -> int:
    old = list(old_exports())
    for export in old:
        _drop(export)
    return len(old)


def _drop(export: Export) -> None:
    if export.path:
        default_storage.delete(export.path)
    export.delete()


@dataclass(frozen=True, slots=True)
class Losses:
    """What a citizen would lose by leaving."""

    points: int
    links: int
    groups: int


def losses(citizen: Citizen) -> Losses:
    return Losses(
        points=statements.balance(citizen.pk) + statements.balance(citizen.pk, Chart.HELD),
        links=citizen.links.filter(ended_at=None).count(),
        groups=citizen.memberships.count(),
    )


def request_departure(citizen: Citizen) -> Departure:
    """The account ends after THINKING_TIME, unless it is called off. Asked twice, the first time holds."""
    due_at = timezone.now() + THINKING_TIME
    departure, _created = Departure.objects.get_or_create(citizen=citizen, defaults={"due_at": due_at})
    return departure


def departure(citizen: Citizen) -> Departure | None:
    return Departure.objects.filter(citizen=citizen, done_at=None).first()


def call_off(citizen: Citizen) -> bool:
    return bool(Departure.objects.filter(citizen=citizen, done_at=None).delete()[0])


def departures_due() -> QuerySet[Departure]:
    return Departure.objects.filter(done_at=None, due_at__lte=timezone.now())


def erase_due() -> int:
    """Erase whose time has come; how many. Dies midway: the next run does the rest."""
    return _do_each(erase, departures_due().values_list("citizen_id", flat=True))


def erase(citizen_id: UUID) -> None:
    """Forget the person in every room, in one transaction. The books keep their sums under an id that leads nowhere."""
    with transaction.atomic():
        citizen = Citizen.objects.select_for_update().get(pk=citizen_id)
        for export in Export.objects.filter(citizen=citizen):
            _drop(export)
        for room in reversed(rooms()):
            room.erase(citizen_id)
        Departure.objects.filter(citizen_id=citizen_id, done_at=None).update(done_at=timezone.now())
