"""Every reason why an activity is not accepted, in words a citizen understands."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from activities.integrity.registry import RULES

AWAITING_EXIT = "awaiting_exit"
ENTRY_MISSING = "entry_missing"
METHODOLOGY_MISSING = "methodology_missing"
INPUT_MISSING = "input_missing"
UNPAIRED = "unpaired"
CANCELLED = "cancelled"
MERGED = "merged"
REVIEWED = "reviewed"

TOLD = (AWAITING_EXIT, ENTRY_MISSING, UNPAIRED, CANCELLED, MERGED)
"""Reasons that follow from what was told, not from rules."""
BEYOND_PEOPLE = (*TOLD, METHODOLOGY_MISSING, INPUT_MISSING)
"""Reasons that no person's decision can lift: they end when what is missing arrives, or is told otherwise."""

_SAYS: dict[str, Any] = {rule.code: rule.says for rule in RULES} | {
    AWAITING_EXIT: _("Only your entry was reported so far. It counts as soon as the exit arrives."),
    ENTRY_MISSING: _("Only your exit was reported so far. It counts as soon as the entry arrives."),
    UNPAIRED: _("Only one half of the journey was reported. It counts if the other half still arrives."),
    CANCELLED: _("The partner cancelled or refunded it. If that is a mistake, only the partner can correct it."),
    MERGED: _("It is a part of another of your trips."),
    REVIEWED: _("It was checked by a person and not accepted."),
    METHODOLOGY_MISSING: _("There is no published methodology for that day yet."),
    INPUT_MISSING: _("The partner did not report what is needed to calculate it."),
}


def describe(code: str) -> str:
    """The sentence for a reason code."""
    return str(_SAYS[code])


_NAMES: dict[str, Any] = {rule.code: rule.name for rule in RULES} | {
    AWAITING_EXIT: _("exit missing"),
    ENTRY_MISSING: _("entry missing"),
    UNPAIRED: _("half a journey"),
    CANCELLED: _("cancelled"),
    MERGED: _("part of another trip"),
    REVIEWED: _("a person's decision"),
    METHODOLOGY_MISSING: _("no methodology"),
    INPUT_MISSING: _("input missing"),
}


def name(code: str) -> str:
    """A few words for a reason code, for tables that staff read."""
    return str(_NAMES[code])


def codes() -> list[str]:
    return list(_SAYS)
