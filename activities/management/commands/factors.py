"""`manage.py factors`: expired and superseded factors, and what moving to the newer ones would change."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from activities.methodologies import factor_watch
from activities.methodologies.factor_watch import Aged
from config.clock import city_today


class Command(BaseCommand):
    help = "Lists expired and superseded factors with the effect of the newer value on recent reductions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document")
        parser.add_argument("--day", type=date.fromisoformat, help="as of this day (default: today)")
        parser.add_argument("--days", type=int, default=30, help="over the reductions of how many days (default: 30)")

    def handle(self, *args: Any, **options: Any) -> None:
        today = options["day"] or city_today()
        found = factor_watch.aged(today, options["days"])
        if options["json"]:
            document = {"day": str(today), "days": options["days"], "factors": [_row(each) for each in found]}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            return
        for each in found:
            self.stdout.write(_line(each))


def _row(aged: Aged) -> dict[str, Any]:
    factor, newer = aged.factor, aged.newer
    return {
        "code": factor.code,
        "region": factor.region,
        "year": factor.year,
        "value": f"{factor.value.normalize():f}",
        "unit": factor.unit,
        "best_before": str(factor.best_before),
        "expired": aged.expired,
        "newer": newer and {"year": newer.year, "value": f"{newer.value.normalize():f}", "unit": newer.unit},
        "change": None if aged.change is None else str(aged.change),
        "uses": [
            {
                "version": use.version.reference,
                "parameter": use.path,
                "reduction_mg": use.before_mg,
                "reduction_mg_with_newer": use.after_mg,
                "change": None if use.change is None else str(use.change),
            }
            for use in aged.uses
        ],
    }


def _line(aged: Aged) -> str:
    parts = [str(aged.factor), f"best before {aged.factor.best_before}"]
    if aged.newer is not None:
        parts.append(f"newer: {aged.newer.year} = {aged.newer.value.normalize():f} {aged.newer.unit}")
    if aged.change is not None:
        parts.append(f"{aged.change:+.1%}")
    for use in aged.uses:
        parts.append(f"{use.version.reference} {use.path}: {use.before_mg} mg -> {use.after_mg} mg")
    return "; ".join(parts)
