from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from ledger import journal


class Command(BaseCommand):
    help = "Print the book as a beancount journal; days are the city's, both included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first_day", type=date.fromisoformat, help="first day, YYYY-MM-DD")
        parser.add_argument("--until", dest="last_day", type=date.fromisoformat, help="last day, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        for line in journal.write(options["first_day"], options["last_day"]):
            self.stdout.write(line, ending="")
