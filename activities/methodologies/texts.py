"""What citizens read of versions and factors: written in both languages, told in the reader's."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from activities.models import Factor, Methodology
from config.languages import in_readers_language
from config.problems import Problem


class TextMissing(Problem):
    status, code, title = 422, "text_missing", _("What citizens read must be there in both languages.")


def missing(row: Factor | Methodology) -> list[str]:
    """The empty fields of what must be there in both languages: its source and, where it says why, its caution."""
    fields = ["source_zh", "source_en"]
    if isinstance(row, Methodology) and row.conservativeness:
        fields += ["conservativeness_zh", "conservativeness_en"]
    return [field for field in fields if not getattr(row, field)]


def demand(row: Factor | Methodology) -> None:
    """Raises TextMissing, naming the fields, where a text is missing in one of the languages."""
    if lacking := missing(row):
        label = row._meta.get_field(lacking[0]).verbose_name  # type: ignore[union-attr]
        said = _("%(row)s: %(field)s is missing.") % {"row": row, "field": label}
        raise TextMissing(said, fields=dict.fromkeys(lacking, "missing"))


def source_of(frozen: dict[str, Any]) -> str:
    """Where the value of a frozen factor comes from, in the reader's language.

    Versions that were published before sources had two languages hold one `source`.
    """
    return in_readers_language(frozen.get("source_zh", ""), frozen.get("source_en", frozen.get("source", "")))
