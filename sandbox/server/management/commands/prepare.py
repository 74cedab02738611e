import json
import sys
from typing import Any

from django.core.management import BaseCommand, CommandParser, call_command

from sandbox.server import registration


class Command(BaseCommand):
    help = "Migrate, register the city at each partner and add demo people. May run again and again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=20, help="person1 to personN (20)")
        parser.add_argument("--password", default="low-carbon-city", help="the password of all people")

    def handle(self, *, people: int, password: str, **options: Any) -> None:
        """Reads the clients from standard input, as secrets have no place in a list of processes."""
        call_command("migrate", verbosity=0)
        clients = json.load(sys.stdin)
        for client in clients:
            registration.register_client(client["client_id"], client["client_secret"], client["redirect_uri"])
        registration.add_people(people, password)
        self.stdout.write(f"{len(clients)} clients, {people} people")
