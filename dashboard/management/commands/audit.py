import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from activities import audit as activities_audit
from ledger import audit as ledger_audit
from ledger.models import Transfer
from rewards import audit as rewards_audit


class Command(BaseCommand):
    help = "Check every invariant of the books; exit 0 only if all hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        breaches = {**ledger_audit.run(), **activities_audit.run(), **rewards_audit.run()}
        sound = not any(breaches.values())
        if options["json"]:
            self.stdout.write(json.dumps({"sound": sound, "breaches": breaches, "transfers": Transfer.objects.count()}))
        else:
            for name, count in breaches.items():
                self.stdout.write(f"{'ok    ' if not count else 'BROKEN'} {name}{f': {count}' if count else ''}")
        if not sound:
            raise CommandError("the books are not sound: " + ", ".join(name for name, n in breaches.items() if n))
