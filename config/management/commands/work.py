from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.workers import Crew


class Command(BaseCommand):
    help = "Run workers, and replace those that die. SIGTERM lets each finish its job first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=1, help="how many (default: 1); one a core at most")
        parser.add_argument("--queues", default="", help="comma-separated (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = ["--queues", options["queues"]] if options["queues"] else []
        Crew(options["processes"], lambda: call_command("procrastinate", "worker", *chosen)).run()
