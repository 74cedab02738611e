from typing import Any

from django.core.management.base import BaseCommand

from config import clock
from dashboard.city import publication


class Command(BaseCommand):
    help = "Publish the city's figures of every month that is over and not published yet."

    def handle(self, *args: Any, **options: Any) -> None:
        for month in publication.publish_due(clock.city_today()):
            self.stdout.write(f"{month:%Y-%m}")
