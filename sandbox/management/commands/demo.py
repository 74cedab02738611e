from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox import webhooks
from sandbox.demo import plan, processes, show


class Command(BaseCommand):
    help = "Show a simulated city: prepare it where it is missing, serve it, keep it alive until interrupted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--citizens", type=int, help="how many people (default 3000)")
        parser.add_argument("--days", type=int, help="how many days of history (default 90)")
        parser.add_argument("--port", type=int, default=8000, help="of the web server; the partners take the next one")
        parser.add_argument("--no-serve", action="store_true", help="prepare only")
        parser.add_argument("--fresh", action="store_true", help="forget the city of the last run")

    def handle(self, *args: Any, **options: Any) -> None:
        wishes = show.Wishes(
            port=options["port"],
            citizens=options["citizens"],
            days=options["days"],
            serve=not options["no_serve"],
            fresh=options["fresh"],
        )
        try:
            show.run(wishes, self._say)
        except (plan.OtherCity, processes.NotStarted, show.NotDisposable, webhooks.NotTaken) as problem:
            raise CommandError(str(problem)) from problem

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
