"""What can be wrong with a delivery: the whole body (Refused), or one row of it (RowError)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from config.problems import Problem

SHOWN_CHARACTERS = 80


def printable(text: str) -> str:
    """What a partner wrote, as it can be kept and shown: a database takes no NUL and no half of a character."""
    return str(text).encode(errors="replace").decode().replace("\0", "\ufffd")


def shorten(value: object) -> str:
    """A value as a refusal shows it."""
    shown = repr(value)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}…"


BODY_EMPTY = gettext_noop("the delivery has no content")


class Refused(Problem):
    """The body as a whole cannot be read; nothing of it was taken in.

    `code` says why: missing_column, bad_encoding, truncated_gzip, bad_json, bad_rows_path, body_empty.
    """

    status, code, title = 422, "delivery_refused", _("The delivery cannot be read.")

    def __init__(self, code: str, detail: str, field: str = "") -> None:
        detail, field = printable(detail), printable(field)
        super().__init__(detail, fields={field: detail} if field else None)
        self.code = code  # type: ignore[misc]  # the class names the family, the instance the case
        self.field = field

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "field": self.field, "detail": str(self.detail)}


@contextmanager
def naming(file: str) -> Iterator[None]:
    """A refusal from within says in which file of a zip it is."""
    try:
        yield
    except Refused as refusal:
        if not file:
            raise
        raise Refused(refusal.code, f"{file}: {refusal.detail}", refusal.field) from refusal


class RowError(Exception):
    """One row cannot be understood: `field` (column), `value` and what would be right."""

    def __init__(self, code: str, field: str, detail: str) -> None:
        self.code, self.field, self.detail = code, printable(field), printable(detail)
        super().__init__(f"{self.field}: {self.detail}")
