import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox.benchmarks import registry, tables

SIZES = {
    "citizens": "intake, pages, ranks: people of the city",
    "city_rows": "memory: rows of the operator's day",
    "earlier": "intake: rides before, tripled in the end",
    "rows": "intake: rides of the file",
}


class Command(BaseCommand):
    help = "Run a benchmark on a scratch database; its baseline is measured in the same run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(registry.BENCHMARKS))
        parser.add_argument("--scale", choices=registry.SCALES, default="small", help="small ends within a minute")
        parser.add_argument("--kill", action="store_true", help="redemption: kill -9 a web worker in the middle")
        parser.add_argument("--keep", action="store_true", help="pages: leave the city, or take up one that was left")
        for name, says in SIZES.items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=says)
        parser.add_argument("--docs", action="store_true", help="integrity: write the tables into docs/integrity.md")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        own = {name: options[name] for name in ("kill", *SIZES) if options[name]}
        if options["keep"] and options["name"] != "pages":
            raise CommandError("--keep is for pages, which change nothing.")
        figures = registry.run(options["name"], options["scale"], options["keep"], **own)
        if options["docs"] and options["name"] == "integrity":
            tables.write(figures)
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:24} {value}")
