"""Rebuild the boards of the current week, month and year."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import clock
from dashboard.ranks import boards


class Command(BaseCommand):
    help = "Rebuild the rank boards of the current week, month and year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="A city day of the periods; today if left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        for period, count in boards.refresh_current(options["day"] or clock.city_today()).items():
            self.stdout.write(f"{period}: {count}")
