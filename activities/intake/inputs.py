"""What only some methodologies need of an activity, kept among its traits under the names by which they know it."""

from collections.abc import Callable, Iterator
from typing import Any

from activities.intake import categories
from activities.intake.cells import Cells, label
from activities.intake.formats.values import Text
from activities.intake.formats.vocabulary import Case
from activities.intake.numbers import Numbers
from activities.intake.problems import RowError
from activities.intake.rows import Row

CODE_CHARACTERS = 32

Read = Callable[[Row], Any]


def bind(cells: Cells, numbers: Numbers, case: Case) -> Callable[[Row], dict[str, Any]]:
    """Reads what a row says of them. Raises RowError from within."""
    reads = list(_reads(cells, numbers, case))
    return lambda row: {name: value for name, read in reads if (value := read(row)) not in (None, "")}


def _reads(cells: Cells, numbers: Numbers, case: Case) -> Iterator[tuple[str, Read]]:
    if case.mass is not None:
        yield "mass_g", numbers.pieces(case.mass)
    if case.odometer is not None:
        yield "odometer_m", numbers.length(case.odometer)
    for name, number in (("occupants", case.occupants), ("sightings", case.sightings)):
        if number is not None:
            yield name, numbers.count(number)
    for name, text in (("vehicle_class", case.vehicle_class), ("item", case.item)):
        if text is not None:
            yield name, _code(cells, text)
    if case.category is not None and case.category.scheme == "mcc":
        yield "mcc", _merchant(cells.text(case.category))


def _code(cells: Cells, text: Text) -> Read:
    read, field = cells.text(text), label(text)

    def look(row: Row) -> str:
        code = read(row)
        if len(code) > CODE_CHARACTERS or not code.isprintable():
            raise RowError("value_out_of_range", field, f"{code!r} is no code of up to {CODE_CHARACTERS} characters")
        return code

    return look


def _merchant(read: Callable[[Row], str]) -> Read:
    """The code where it is in a band; 0 of all others, which say more of a person than a city need know."""

    def look(row: Row) -> int | None:
        code = categories.read_code(read(row))
        if code is None:
            return None
        return code if categories.band(code) != categories.OTHER else 0

    return look
