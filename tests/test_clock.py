from datetime import date

import pytest

from config import clock, spreadsheets


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 11, 29), 0, date(2026, 11, 1)),
        (date(2026, 11, 29), 1, date(2026, 12, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), -1, date(2025, 12, 1)),
        (date(2026, 3, 31), 11, date(2027, 2, 1)),
        (date(2026, 3, 31), -25, date(2024, 2, 1)),
    ],
)
def test_months_are_counted_from_their_first_day(day, months, first):
    assert clock.month_later(day, months) == first
    assert clock.month_of(first) == first


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_would_run_is_text(cell):
    assert spreadsheets.as_text(cell) == f"'{cell}"
    assert spreadsheets.as_text(f"a{cell}") == f"a{cell}"
    assert spreadsheets.as_text("") == ""
