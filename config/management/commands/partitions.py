import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import clock, partitions


class Command(BaseCommand):
    help = "List the parts of the large tables; exit 0 only if this month's and the next are there and hold their rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ensure", action="store_true", help="first make those that are missing")
        parser.add_argument(
            "--ahead", type=int, default=partitions.MONTHS_AHEAD, metavar="MONTHS", help="how far ahead of now"
        )
        parser.add_argument("--drop", metavar="TABLE", help="drop the old parts of a table that is not append-only")
        parser.add_argument("--older-than", type=int, metavar="MONTHS", help="what is old, with --drop")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        made = partitions.ensure(options["ahead"]) if options["ensure"] else []
        partitions.analyze(made)
        dropped = _drop(options["drop"], options["older_than"])
        parts = [part for table in partitions.tables() for part in partitions.parts(table.name)]
        missing, strays = partitions.missing(), partitions.strays()
        if options["json"]:
            document = {"parts": [_told(part) for part in parts], "made": made, "dropped": dropped}
            self.stdout.write(json.dumps({**document, "missing": missing, "strays": strays}))
        else:
            for part in parts:
                self.stdout.write(f"{part.name:34} {part.rows:>12,} rows {part.size_bytes:>16,} bytes  {part.bounds}")
            for word, names in (("made", made), ("dropped", dropped)):
                for name in names:
                    self.stdout.write(f"{word} {name}")
        if missing or strays:
            rows = [f"{count} rows of {table} lie in its default part" for table, count in strays.items()]
            raise CommandError("; ".join([f"{name} is missing" for name in missing] + rows) + ": run with --ensure")


def _told(part: partitions.Part) -> dict[str, Any]:
    return part._asdict() | {"first": part.first and part.first.isoformat()}


def _drop(table: str | None, months: int | None) -> list[str]:
    if not table:
        return []
    if months is None or months < 1:
        raise CommandError("--drop needs --older-than, a number of months from 1.")
    if table not in {one.name for one in partitions.tables()}:
        raise CommandError(f"{table} has no parts.")
    try:
        return partitions.drop(table, clock.month_later(clock.city_today(), -months))
    except partitions.AppendOnlyError as error:
        raise CommandError(f"{table} is append-only: its parts stay.") from error
