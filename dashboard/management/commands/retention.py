import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.retention import policies


class Command(BaseCommand):
    help = "Say what is kept for how long and how much of it is over; with --apply end that now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="delete what is over, as the jobs would tonight")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        told = []
        for policy in policies():
            told.append({"what": policy.name, "kept": policy.kept, "over": policy.due()})
            if options["apply"]:
                policy.end()
        if options["json"]:
            self.stdout.write(json.dumps({"applied": options["apply"], "policies": told}))
            return
        word = "deleted" if options["apply"] else "over"
        for each in told:
            self.stdout.write(f"{each['what']:26} {each['kept']:36} {each['over']:>10,} {word}")
