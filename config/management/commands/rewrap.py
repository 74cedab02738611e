from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from config import rewrapping


class Command(BaseCommand):
    help = "Write what is encrypted anew under the newest of FIELD_KEYS, so that an older one can be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        for model, columns in rewrapping.columns():
            table = model._meta.db_table
            try:
                written = rewrapping.rewrap(model, columns)
            except InvalidToken:
                raise CommandError(
                    f"{table} holds what none of FIELD_KEYS opens: put the missing key behind."
                ) from None
            self.stdout.write(f"{table:28} {written:>10,} rows written anew")
