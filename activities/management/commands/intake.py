import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activities.intake import files
from activities.models import Feed
from config.clock import city_zone
from config.problems import Problem


class Command(BaseCommand):
    help = "Take a partner's file in through its feed's declared format."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--feed", required=True, help="code of the feed")
        parser.add_argument(
            "--sent-at",
            type=_instant,
            help="when the partner made the file, e.g. 2026-11-22T08:00:00+08:00 (default: when it was last changed)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = Feed.objects.select_related("partner").filter(code=options["feed"]).first()
        if feed is None:
            known = ", ".join(Feed.objects.values_list("code", flat=True))
            raise CommandError(f"There is no feed {options['feed']!r}; there are: {known}.")
        try:
            counts = files.take_in(options["file"], feed, options["sent_at"]).as_json()
        except Problem as problem:
            raise CommandError(f"{options['file'].name}: {problem.code}: {problem.detail}") from problem
        except OSError as error:
            raise CommandError(str(error)) from error
        del counts["lateness"]  # a histogram for the partner's page; a file of years ago has a step a day
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        for name, value in counts.items():
            self.stdout.write(f"{name:14} {value}")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=city_zone())
