from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activities.models import Feed
from config.problems import Problem
from sandbox import enrolment


class Command(BaseCommand):
    help = "Open a citizen and a link for each pseudonymous person of a file (sandbox only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--feed", required=True, help="code of the feed whose format the file has")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = Feed.objects.select_related("partner").filter(code=options["feed"]).first()
        if feed is None:
            raise CommandError(f"There is no feed {options['feed']!r}.")
        try:
            counts = enrolment.enrol(options["file"], feed)
        except (Problem, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{counts['people']} people in the file, {counts['opened']} citizens opened")
