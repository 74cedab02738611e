import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activities.intake import declarations, formats, partners, schema, sidecars
from activities.intake.mapping import UNTOLD
from activities.intake.preview import SHOWN, Preview, preview
from activities.intake.problems import Refused
from activities.models import Feed, Scenario
from config.clock import city_zone
from config.problems import Problem


class Command(BaseCommand):
    help = "Take partners, contracts and feeds from a YAML file; try a feed on a sample; write the file's JSON Schema."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        apply = verbs.add_parser("apply", help="write what the file declares, and show what changed")
        apply.add_argument("file", type=Path)
        apply.add_argument("--dry-run", action="store_true", help="only show what would change")
        check = verbs.add_parser("check", help="how a sample would be understood; nothing is stored")
        check.add_argument("file", type=Path, help="a partners' file, or the code of a feed that is there")
        check.add_argument("--sample", type=Path, help="a file as the partner will send it")
        check.add_argument("--feed", help="which feed of the file, where it has several")
        shape = verbs.add_parser("schema", help="the JSON Schema of a partners' file")
        shape.add_argument("--write", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"apply": self._apply, "check": self._check, "schema": self._schema}[options["verb"]](options)
        except Problem as problem:
            raise CommandError(f"{options.get('file') or ''}: {problem.code}: {problem.detail}") from problem
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error

    def _schema(self, options: dict[str, Any]) -> None:
        text = schema.write()
        if options["write"]:
            options["write"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text)

    def _apply(self, options: dict[str, Any]) -> None:
        applied = partners.apply(sidecars.load(options["file"]), dry_run=options["dry_run"])
        for change in applied.changes:
            self.stdout.write(self.style.MIGRATE_HEADING(change.thing))
            for path, before, after in change.lines:
                old = "" if before is None else f"{_short(before)} → "
                self.stdout.write(f"  {path}: {old}{_short(after)}")
        if not applied.changes:
            self.stdout.write("Nothing differs.")
        elif options["dry_run"]:
            self.stdout.write("Nothing was written (--dry-run).")
        for what, secret in applied.made.items():
            self.stdout.write(self.style.WARNING(f"{what}: {secret}"))
            self.stdout.write("  Hand it to the partner now; it is not shown again.")

    def _check(self, options: dict[str, Any]) -> None:
        for code, declared in self._formats(options).items():
            self.stdout.write(self.style.MIGRATE_HEADING(f"feed {code}: the format is valid"))
            if options["sample"] is not None:
                scenarios = set(Scenario.objects.values_list("code", flat=True))
                self._show(self._preview(options["sample"], declared, scenarios))

    def _preview(self, sample: Path, declared: formats.Format, scenarios: set[str]) -> Preview:
        try:
            with sample.open("rb") as body:
                return preview(body, sample.stat().st_size, declared, scenarios, file=sample.name)
        except Refused as refused:
            raise CommandError(f"{sample}: {refused.code}: {refused}") from refused

    def _formats(self, options: dict[str, Any]) -> dict[str, formats.Format]:
        if not options["file"].exists() and (feed := Feed.objects.filter(code=str(options["file"])).first()):
            return {feed.code: formats.parse(feed.format)}
        if not options["file"].exists():
            raise CommandError(f"{options['file']}: there is no such file, and no feed of this code")
        document = declarations.parse(sidecars.load(options["file"]))
        found = {feed.code: feed.format for feed in document.feeds if options["feed"] in (None, feed.code)}
        if options["sample"] is not None and len(found) != 1:
            raise CommandError(f"--feed: say which; the file has {', '.join(found) or 'none of this code'}")
        return found

    def _show(self, found: Preview) -> None:
        counts = {"rows": found.rows, "understood": found.understood, "cancellations": found.cancelled}
        counts |= {"skipped": found.skipped, "quarantined": found.quarantined, "people": found.people}
        counts |= {"told twice": found.repeated, "told twice, differently": found.changed}
        for name, count in counts.items():
            self.stdout.write(f"{name:24} {count}")
        if found.earliest and found.latest:
            zone = city_zone()
            times = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (found.earliest, found.latest))
            self.stdout.write(f"{'from, to':24} {', '.join(times)}")
        self.stdout.write(f"\nThe first {min(SHOWN, len(found.drafts))} rows as understood, in the city's time:")
        for draft, _row in found.drafts:
            said = {
                name: _spell(value)
                for name, value in draft._asdict().items()
                if value not in (None, "", "event", UNTOLD) and (name, value) != ("revision", 0)
            }
            self.stdout.write(
                f"  {said.pop('line'):>6}  " + "  ".join(f"{name}={value}" for name, value in said.items())
            )
        if found.unfilled:
            self.stdout.write(f"\nNo row has a value for: {', '.join(found.unfilled)}")
        if found.reasons:
            self.stdout.write("\nIn quarantine: " + ", ".join(f"{code} {n}" for code, n in found.reasons.items()))
        for line, error, _row in found.refused:
            self.stdout.write(f"  {line:>6}  {error.code}  {error.field or '-'}: {error.detail}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}…"


def _spell(value: Any) -> str:
    if isinstance(value, bytes):
        return f"#{value.hex()[:8]}"
    if isinstance(value, datetime):
        return f"{value.astimezone(city_zone()):%Y-%m-%dT%H:%M:%S}"
    return str(value)
