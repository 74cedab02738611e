"""Which case a row is: the conditions of `when`, bound to the columns of a body."""

from collections.abc import Callable
from decimal import Decimal

from activities.intake.cells import Cell, Cells, spellings
from activities.intake.formats.values import Condition, Scalar
from activities.intake.formats.vocabulary import Case
from activities.intake.numbers import parse_number, spelled
from activities.intake.rows import Row

Test = Callable[[str], bool]


def bind(cells: Cells, case: Case) -> Callable[[Row], bool]:
    """True where every condition of the case holds. Raises RowError where a number is wanted and none stands."""
    tests: list[tuple[Cell, Test]] = [(cells.cell(name), _test(wanted, name)) for name, wanted in case.when.items()]
    if len(tests) == 1:
        cell, test = tests[0]
        return lambda row: test(cell(row))
    return lambda row: all(test(cell(row)) for cell, test in tests)


def _test(wanted: Scalar | tuple[Scalar, ...] | Condition, name: str | int) -> Test:
    if isinstance(wanted, Condition):
        tests = [*_words(wanted), *_numbers(wanted, str(name))]
        return lambda text: all(test(text) for test in tests)
    return _spell_all(wanted if isinstance(wanted, tuple) else (wanted,)).__contains__


def _spell_all(wanted: tuple[Scalar, ...]) -> frozenset[str]:
    return frozenset(text for value in wanted for text in spellings(value))


def _words(wanted: Condition) -> list[Test]:
    tests: list[Test] = []
    if wanted.equals is not None:
        tests.append(_spell_all((wanted.equals,)).__contains__)
    if wanted.among is not None:
        tests.append(_spell_all(wanted.among).__contains__)
    for values in (None if wanted.not_equals is None else (wanted.not_equals,), wanted.not_among):
        if values is not None:
            tests.append(_outside(_spell_all(values)))
    if (empty := wanted.empty) is not None:
        tests.append(lambda text: (text == "") == empty)
    if (start := wanted.starts_with) is not None:
        tests.append(lambda text: text.startswith(start))
    if (end := wanted.ends_with) is not None:
        tests.append(lambda text: text.endswith(end))
    if (middle := wanted.contains) is not None:
        tests.append(lambda text: middle in text)
    return tests


def _outside(known: frozenset[str]) -> Test:
    return lambda text: text not in known


def _numbers(wanted: Condition, name: str) -> list[Test]:
    compare: list[tuple[float | None, Callable[[Decimal, Decimal], bool]]] = [
        (wanted.below, Decimal.__lt__),
        (wanted.at_most, Decimal.__le__),
        (wanted.above, Decimal.__gt__),
        (wanted.at_least, Decimal.__ge__),
    ]
    change = spelled(wanted.decimal, wanted.thousands)

    def comparing(bound: Decimal, holds: Callable[[Decimal, Decimal], bool]) -> Test:
        def test(text: str) -> bool:
            value = parse_number(change(text), name)
            return value is not None and holds(value, bound)

        return test

    return [comparing(Decimal(str(bound)), holds) for bound, holds in compare if bound is not None]
