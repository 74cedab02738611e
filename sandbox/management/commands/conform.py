import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from activities.intake import formats
from activities.models import Feed, Scenario
from config.problems import Problem
from sandbox import conformance


class Command(BaseCommand):
    help = "Try a partner's sample on the sandbox's webhook door, and say what to fix. Exits 0 only if all passes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("feed", help="code of the feed")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the sandbox is")
        parser.add_argument("--sample", type=Path, required=True, help="a file as your system exports it")
        parser.add_argument(
            "--secret-env", default="CONFORM_SECRET", help="variable with the secret (default: the feed's)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        feed = Feed.objects.filter(code=options["feed"]).first()
        if feed is None:
            raise CommandError(f"There is no feed {options['feed']!r}.")
        secret = os.environ.get(options["secret_env"], "") or (feed.secrets.split() or [""])[0]
        bench = conformance.Bench(options["url"], feed.code, secret)
        scenarios = set(Scenario.objects.values_list("code", flat=True))
        failed = 0
        try:
            for check in conformance.run(bench, formats.parse(feed.format), options["sample"], scenarios):
                failed += not check.passed
                self.stdout.write(f"{'pass' if check.passed else 'FAIL'}  {check.name}")
                if not check.passed:
                    self.stdout.write(f"      fix: {check.fix}")
        except (Problem, OSError, requests.RequestException) as problem:
            raise CommandError(f"{getattr(problem, 'code', 'error')}: {problem}") from problem
        if failed:
            raise CommandError(f"{failed} checks failed")
        self.stdout.write("All checks passed.")
