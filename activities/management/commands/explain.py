import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from activities.methodologies import explain, proof
from activities.models import Methodology, Reduction
from config.problems import Problem


class Command(BaseCommand):
    help = "Explain a reduction and recompute it from what is stored; exit 0 only if it agrees to the milligram."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID, help="of a reduction or of its activity")
        parser.add_argument("--json", action="store_true", help="print the verifier's document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = proof.find(options["id"])
        except Problem as problem:
            raise CommandError(str(problem.detail)) from problem
        if found is None:
            raise CommandError(f"no reduction and no activity with a reduction has the id {options['id']}")
        reduction, activity = found
        try:
            document = proof.prove(reduction, activity)
        except Problem as problem:
            raise CommandError(f"it cannot be recomputed: {problem.detail}") from problem
        if options["json"]:
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            self._tell(reduction, document)
        if not document["agrees"]:
            recomputed = document["recomputed"]
            raise CommandError(
                f"booked {reduction.reduction_mg} mg and {reduction.points} points, "
                f"recomputed {recomputed['reduction_mg']} mg and {recomputed['points']} points"
            )

    def _tell(self, reduction: Reduction, document: dict[str, Any]) -> None:
        self.stdout.write(f"{document['activity']['scenario']} {document['activity']['city_day']}")
        if not reduction.reversal:
            version = Methodology.objects.select_related("scenario").get(pk=reduction.methodology_id)
            told = explain.explain(reduction, version)
            for line in [told.formula, told.calculation, told.points_calculation, told.source]:
                self.stdout.write(f"  {line}")
            for fact in told.facts:
                self.stdout.write(f"  {fact.label}: {fact.value} {fact.note}".rstrip())
        for row in document["history"]:
            kind = "taken back" if row["reversal"] else "credited"
            self.stdout.write(
                f"  {row['booked_at']} {kind} {row['reduction_mg']} mg, {row['points']} points: {row['cause']}"
            )
