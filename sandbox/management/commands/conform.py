import os
import statistics
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from activities.intake import declarations, formats, sidecars
from activities.intake.formats.vocabulary import Format
from activities.models import Feed, Scenario
from config.problems import Problem
from sandbox import conformance
from sandbox.conformance import Check, Note
from sandbox.receipts import Receipt
from sandbox.rehearsal import Rehearsal


class Command(BaseCommand):
    help = (
        "Try a partner's sample on a city's doors, and say what to fix. Exits 0 only if all passes. With --file and the"
        " secret in the environment it needs no database of its own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("feed", help="code of the feed")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the city's sandbox is")
        parser.add_argument("--sample", type=Path, required=True, help="a file as your system exports it")
        parser.add_argument(
            "--file", type=Path, help="the partners' file that declares the feed (default: the database)"
        )
        parser.add_argument(
            "--secret-env",
            default="CONFORM_SECRET",
            help="variable with the secret (default: CONFORM_SECRET, else the database)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        try:
            for check in self._run(options):
                if not isinstance(check, Check):
                    self.stdout.write("\n".join(f"      {line}" for line in check.describe()))
                    continue
                failed += not check.passed
                self.stdout.write(f"{'pass' if check.passed else 'FAIL'}  {check.name}")
                if not check.passed:
                    self.stdout.write(f"      fix: {check.fix}")
        except requests.RequestException as problem:
            raise CommandError(f"{options['url']} does not answer as a city does: {_name(problem)}") from problem
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.detail}") from problem
        if failed:
            raise CommandError(f"{failed} checks failed")
        self.stdout.write("All checks passed.")

    def _run(self, options: dict[str, Any]) -> Iterator[Check | Note | Receipt | Rehearsal]:
        secret, code = os.environ.get(options["secret_env"], ""), options["feed"]
        feed = None
        if options["file"] is not None:
            declared = _declared(options["file"], code)
            scenarios = set(_scenarios(declared))
            if not secret:
                raise CommandError(f"The environment has no {options['secret_env']}: put the feed's secret there.")
        else:
            feed = Feed.objects.select_related("partner").filter(code=code).first()
            if feed is None:
                raise CommandError(f"There is no feed {code!r}; give its declaration with --file.")
            declared, secret = formats.parse(feed.format), secret or (feed.secrets.split() or [""])[0]
            scenarios = set(Scenario.objects.values_list("code", flat=True))
        bench = conformance.Bench(options["url"], code, secret)
        yield from conformance.run(bench, declared, options["sample"], scenarios)
        if bench.took_ms:
            middle, most = statistics.median(bench.took_ms), max(bench.took_ms)
            self.stdout.write(f"      webhooks were answered in {middle:.0f} ms, {most:.0f} ms at most")
        if feed is not None:
            self.stdout.write("the sample as a file, in a city where everybody in it is linked:")
            yield from conformance.rehearse_file(feed, options["sample"])
        if feed is not None and feed.pull is not None:
            self.stdout.write("the first page that is pulled:")
            yield from conformance.check_pull(feed)


def _name(problem: requests.RequestException) -> str:
    """What went wrong on the way, in words."""
    if isinstance(problem, requests.Timeout):
        return "it took too long"
    if isinstance(problem, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(problem, requests.ConnectionError):
        return "nothing listens there; is it right, and is the server up?"
    return str(problem)


def _declared(path: Path, code: str) -> Format:
    document = declarations.parse(sidecars.load(path))
    found = {feed.code: feed.format for feed in document.feeds}
    if code not in found:
        raise CommandError(f"{path}: there is no feed {code!r}; there are: {', '.join(found)}")
    return found[code]


def _scenarios(declared: Format) -> Iterator[str]:
    """Those that the format names; which of them the city has, only its database knows."""
    for case in declared.cases:
        if isinstance(case.scenario, str):
            yield case.scenario
        else:
            yield from map(str, (*case.scenario.map.values(), case.scenario.otherwise, case.scenario.constant))
