"""Which case a row is: the conditions of `when`, bound to the columns of a body."""

from collections.abc import Callable
from decimal import Decimal

from activities.intake.cells import Cell, Cells, spell
from activities.intake.formats.vocabulary import Case, Condition, Scalar
from activities.intake.numbers import parse_number, spelled
from activities.intake.problems import RowError
from activities.intake.rows import Row

Test = Callable[[str], bool]


def bind(cells: Cells, case: Case) -> Callable[[Row], bool]:
    """True where every condition of the case holds."""
    tests: list[tuple[Cell, Test]] = [(cells.cell(name), _test(wanted)) for name, wanted in case.when.items()]
    if len(tests) == 1:
        cell, test = tests[0]
        return lambda row: test(cell(row))
    return lambda row: all(test(cell(row)) for cell, test in tests)


def _test(wanted: Scalar | tuple[Scalar, ...] | Condition) -> Test:
    if isinstance(wanted, Condition):
        tests = [*_words(wanted), *_numbers(wanted)]
        return lambda text: all(test(text) for test in tests)
    known = frozenset(map(spell, wanted if isinstance(wanted, tuple) else (wanted,)))
    return known.__contains__


def _words(wanted: Condition) -> list[Test]:
    tests: list[Test] = []
    if wanted.equals is not None:
        tests.append(spell(wanted.equals).__eq__)
    if wanted.not_equals is not None:
        tests.append(spell(wanted.not_equals).__ne__)
    if wanted.among is not None:
        tests.append(frozenset(map(spell, wanted.among)).__contains__)
    if wanted.not_among is not None:
        refused = frozenset(map(spell, wanted.not_among))
        tests.append(lambda text: text not in refused)
    if (empty := wanted.empty) is not None:
        tests.append(lambda text: (text == "") == empty)
    if (start := wanted.starts_with) is not None:
        tests.append(lambda text: text.startswith(start))
    if (end := wanted.ends_with) is not None:
        tests.append(lambda text: text.endswith(end))
    if (middle := wanted.contains) is not None:
        tests.append(lambda text: middle in text)
    return tests


def _numbers(wanted: Condition) -> list[Test]:
    compare: list[tuple[float | None, Callable[[Decimal, Decimal], bool]]] = [
        (wanted.below, Decimal.__lt__),
        (wanted.at_most, Decimal.__le__),
        (wanted.above, Decimal.__gt__),
        (wanted.at_least, Decimal.__ge__),
    ]
    change = spelled(wanted.decimal, wanted.thousands)
    return [_comparing(Decimal(str(bound)), holds, change) for bound, holds in compare if bound is not None]


def _comparing(bound: Decimal, holds: Callable[[Decimal, Decimal], bool], change: Callable[[str], str]) -> Test:
    def test(text: str) -> bool:
        try:
            value = parse_number(change(text), "")
        except RowError:
            return False
        return value is not None and holds(value, bound)

    return test
