"""How the desk names what was wrong with a row or a body, and what was understood of it."""

from django import template
from django.utils.translation import gettext_lazy as _

from activities.intake import wording
from activities.intake.rows import Row

register = template.Library()
REASONS = {
    "value_missing": _("a value is missing"),
    "id_shortened": _("a spreadsheet shortened the id"),
    "value_negative": _("a value is negative"),
    "value_out_of_range": _("a value is too large or too long"),
    "value_unmapped": _("a value is not in the map"),
    "number_unreadable": _("not a number"),
    "time_unreadable": _("not a time"),
    "time_out_of_range": _("a time far from today"),
    "in_the_future": _("starts in the future"),
    "too_old": _("older than the details the city keeps"),
    "time_ambiguous": _("a time that comes twice"),
    "time_nonexistent": _("a time that does not exist"),
    "end_before_start": _("ends before it starts"),
    "position_unreadable": _("not a place"),
    "position_out_of_range": _("a place that is not on Earth"),
    "track_unreadable": _("not a track"),
    "profile_unreadable": _("not the hours of a day"),
    "row_unreadable": _("not a row"),
    "hour_unreadable": _("not an hour"),
    "category_unreadable": _("not a category"),
    "row_refused": _("refused by the format"),
    "quote_unclosed": _("a quote is not closed"),
    "column_count": _("too few or too many cells"),
    "case_unknown": _("no case of the format"),
    "scenario_unknown": _("no such scenario"),
    "missing_column": _("a column is missing"),
    "duplicate_column": _("a column comes twice"),
    "bad_encoding": _("another encoding"),
    "truncated_gzip": _("the gzip file is cut short"),
    "bad_zip": _("the zip file is damaged"),
    "body_unpacks_too_large": _("unpacks to too much"),
    "not_data": _("not a data file"),
    "bad_json": _("not JSON"),
    "bad_rows_path": _("no rows where the format looks"),
    "bad_csv": _("not CSV"),
    "rows_apart": _("rows of a group stand apart"),
    "bad_workbook": _("the workbook is damaged"),
    "missing_sheet": _("a sheet is missing"),
    "body_empty": _("nothing in it"),
    "body_too_large": _("too large"),
}
FIELDS = {
    "external_id": _("event id"),
    "subject": _("user"),
    "action": _("action"),
    "scenario": _("scenario"),
    "half": _("in or out"),
    "started_at": _("start"),
    "ended_at": _("end"),
    "distance_m": _("distance (m)"),
    "distance_basis": _("distance from"),
    "quantity": _("quantity"),
    "amount_fen": _("amount (fen)"),
    "category": _("category"),
    "energy_wh": _("energy (Wh)"),
    "displacement_m": _("straight line (m)"),
    "revision": _("revision"),
    "evidence": _("evidence"),
    "place": _("place"),
}
COUNTS = {
    "rows": _("rows"),
    "accepted": _("accepted"),
    "held": _("held"),
    "rejected": _("rejected"),
    "quarantined": _("quarantined"),
    "duplicates": _("duplicates"),
    "corrected": _("corrected"),
    "cancelled": _("cancelled"),
    "unlinked": _("not linked"),
    "skipped": _("passed over"),
}


@register.filter
def reason_name(code: str) -> str:
    return str(REASONS.get(code, code))


@register.filter
def worded(detail: str) -> str:
    """What was wrong, in the reader's language."""
    return wording.say(detail)


@register.filter
def as_sent(row: Row) -> str:
    """A row as a person reads it: its cells, or its members with their names."""
    cells = (f"{name}: {value}" for name, value in row.items()) if isinstance(row, dict) else map(str, row)
    return " | ".join(cells)


@register.filter
def field_name(name: str) -> str:
    return str(FIELDS.get(name, name))


@register.filter
def figures(counts: dict[str, int]) -> list[tuple[str, int, bool]]:
    """The counts of a delivery in their order: name, count, and whether somebody should look."""
    return [
        (str(label), counts.get(name, 0), name in ("quarantined", "rejected") and bool(counts.get(name)))
        for name, label in COUNTS.items()
        if counts.get(name) or name in ("rows", "accepted", "quarantined", "duplicates")
    ]
