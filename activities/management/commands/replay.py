import json
import resource
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activities.methodologies import replay
from activities.methodologies.replay import Period
from activities.models import Methodology
from config.problems import Problem


class Command(BaseCommand):
    help = "Replay versions, draft or published, over a past period, as if they had been in force. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("versions", nargs="+", metavar="VERSION", help="as in shared-bike:2, one a scenario")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="first city day")
        parser.add_argument("--until", dest="last", type=date.fromisoformat, required=True, help="last city day")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.perf_counter()
        versions = [_version(name) for name in options["versions"]]
        try:
            result = replay.run(versions, Period(options["first"], options["last"]))
        except Problem as problem:
            raise CommandError("; ".join(map(str, problem.fields.values())) or str(problem.detail)) from problem
        seconds = time.perf_counter() - start
        result["run"] = {
            "seconds": round(seconds, 3),
            "activities_per_s": round(result["activities"] / seconds),
            "peak_rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self._tell(result)

    def _tell(self, result: dict[str, Any]) -> None:
        points = result["points"]
        self.stdout.write(f"{result['activities']:,} activities of {result['citizens']:,} citizens")
        for row in [*result["scenarios"], {"scenario": "total", "version": "", **result}]:
            self.stdout.write(
                f"{row['scenario']:>20} {row['version']!s:>3} {row['before_mg']:>18,} mg → {row['after_mg']:>18,} mg"
                f" ({row['change_mg']:+,}); {row['lacking_input']:,} lack an input"
            )
        self.stdout.write(f"points {points['change']:+,} ({points['gained']:,} gained, {points['lost']:,} lost)")
        for decile in result["deciles"]:
            self.stdout.write(
                f"  decile {decile['decile']:>2}: {decile['winners']:,} win, {decile['losers']:,} lose,"
                f" {decile['change_mg']:+,} mg, {decile['points_change']:+,} points"
            )


def _version(name: str) -> Methodology:
    scenario, colon, number = name.rpartition(":")
    found = Methodology.objects.select_related("scenario").filter(
        scenario__code=scenario, version=int(number) if number.isdigit() else 0
    )
    if not colon or (version := found.first()) is None:
        raise CommandError(f"there is no version {name!r}; name it as in shared-bike:2")
    return version
