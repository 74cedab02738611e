"""Print a new key pair for web push, as lines for the environment."""

from typing import Any

from django.core.management.base import BaseCommand

from dashboard.notifications import vapid


class Command(BaseCommand):
    help = "Print a new VAPID key pair. A new pair ends all subscriptions of browsers."

    def handle(self, *args: Any, **options: Any) -> None:
        pair = vapid.new_pair()
        self.stdout.write(f"VAPID_PRIVATE_KEY={pair.private}")
        self.stdout.write(f"VAPID_PUBLIC_KEY={pair.public}")
