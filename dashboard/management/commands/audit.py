import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from activities import audit as activities_audit
from activities.methodologies import recomputation
from activities.methodologies.recomputation import Recomputed
from config import partitions
from ledger import audit as ledger_audit
from ledger.models import Transfer
from rewards import audit as rewards_audit


class Command(BaseCommand):
    help = "Check every invariant of the books and recompute a sample of reductions; exit 0 only if all hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--sample", type=int, default=recomputation.SAMPLE, help="about how many to recompute")
        parser.add_argument("--all", action="store_true", help="recompute every reduction")
        parser.add_argument("--seed", type=int, help="of an earlier run, to draw its sample again")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        breaches = {**ledger_audit.run(), **activities_audit.run(), **rewards_audit.run()}
        recomputed = recomputation.run(options["sample"], options["seed"], everything=options["all"])
        breaches["reductions_recompute"] = recomputed.mismatches
        breaches["months_have_their_parts"] = len(partitions.missing())
        breaches["rows_lie_in_their_months"] = sum(partitions.strays().values())
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "sound": not any(breaches.values()),
                        "breaches": breaches,
                        "recomputed": recomputed.document(),
                        "transfers": Transfer.objects.count(),
                    }
                )
            )
        else:
            self._tell(breaches, recomputed)
        if any(breaches.values()):
            raise CommandError("the books are not sound: " + ", ".join(name for name, n in breaches.items() if n))

    def _tell(self, breaches: dict[str, int], recomputed: Recomputed) -> None:
        for name, count in breaches.items():
            self.stdout.write(f"{'ok    ' if not count else 'BROKEN'} {name}{f': {count}' if count else ''}")
        drawn = "all" if recomputed.seed is None else f"a sample with seed {recomputed.seed}"
        self.stdout.write(f"recomputed {recomputed.checked} reductions ({drawn})")
        for found in recomputed.first:
            self.stdout.write(
                f"  {found.reduction_id} {found.methodology}: {found.booked_mg} mg, recomputed {found.recomputed_mg}"
            )
