"""What the types cannot say: the parts of a declaration must fit together."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from activities.intake.formats import containers, lookups
from activities.intake.formats.errors import FormatInvalid, suggest
from activities.intake.formats.values import (
    DAY_PARTS,
    Condition,
    Distance,
    Duration,
    Moment,
    Number,
    Point,
    Profile,
    Text,
)
from activities.intake.formats.vocabulary import SHEET, Case, Format, Splitting, Table

NAMED_TIMES = ("iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "excel_days")
SPELLED = ("hms", "hm", "iso", "words")
"""Units of a duration that is written out."""
OF_PLAIN_NUMBERS = ("units", "plus", "minus", "scale", "decimal", "thousands")
LONGEST_SCALE = 12
"""So many places before or behind the point the factor of a number may have."""
SAMPLE = datetime(2024, 12, 31, 23, 59, tzinfo=UTC)


def check(parsed: Format) -> None:
    """Raises FormatInvalid with the path and what would be right."""
    containers.check(parsed.container)
    _check_zone(parsed.zone, "zone")
    _check_tables(parsed)
    if not parsed.cases:
        raise FormatInvalid("cases", "at least one case is needed")
    _check_text(parsed.event_id, "event_id")
    if parsed.subject != Text():
        _check_text(parsed.subject, "subject")
    elif any(not case.skip and not case.refuse and case.action == "event" for case in parsed.cases):
        raise FormatInvalid("subject", "is missing: say whose it is, e.g. {column: user_id}")
    if parsed.revision is not None and parsed.revision.format != "number":
        check_times((parsed.revision.format,), "revision.format")
    if parsed.pairing is not None and not 0 < parsed.pairing.limit_s <= 86_400:
        raise FormatInvalid("pairing.limit_s", f"{parsed.pairing.limit_s} is not from 1 to 86400 seconds")
    if parsed.pairing is not None and not 1 <= parsed.pairing.hold_days <= 60:
        raise FormatInvalid("pairing.hold_days", f"{parsed.pairing.hold_days} is not from 1 to 60 days")
    if parsed.pairing is not None and not any(case.half for case in parsed.cases):
        raise FormatInvalid("pairing", "joins halves, and no case has a `half`: say which are `in`, `out` or `tap`")
    if parsed.group is not None and not (parsed.group.by and parsed.group.rows_max > 0):
        raise FormatInvalid(
            "group", "needs the columns that its rows have in common: `by: [trip_id]`, and room for rows"
        )
    if parsed.split is not None:
        _check_split(parsed.split)
    if not 50 <= parsed.cell_m <= 5000:
        raise FormatInvalid("cell_m", f"{parsed.cell_m} is not from 50 to 5000 metres")
    if SHEET in parsed.told and parsed.container.kind != "workbook":
        raise FormatInvalid("container.kind", f"`{SHEET}` is a column of a `workbook` only")
    for number, case in enumerate(parsed.cases):
        _check_when(case, f"cases[{number}].when")
        if number and not parsed.cases[number - 1].when:
            said = f"is never reached: cases[{number - 1}] has no `when`, and the first case that matches counts"
            raise FormatInvalid(f"cases[{number}]", said)
        if case.skip or case.refuse:
            _check_dropped(case, f"cases[{number}]")
        else:
            _check_case(parsed, case, f"cases[{number}]")


def _check_when(case: Case, path: str) -> None:
    for name, wanted in case.when.items():
        if wanted in ((), Condition(), Condition(among=()), Condition(not_among=())):
            raise FormatInvalid(
                f"{path}.{name}", "says nothing: give a value, a list of values, or e.g. {empty: false}"
            )


def _check_dropped(case: Case, path: str) -> None:
    """What is skipped or refused is nothing else."""
    bare, word = (Case(skip=True), "skip") if case.skip else (Case(refuse=case.refuse), "refuse")
    for name in case.__struct_fields__:
        if name != "when" and getattr(case, name) != getattr(bare, name):
            raise FormatInvalid(f"{path}.{name}", f"cannot stand beside `{word}`: such a row is nothing else")


def _check_tables(parsed: Format) -> None:
    for name, table in parsed.tables.items():
        _check_table(table, f"tables.{name}")
    for path, text in _find_texts(parsed, ""):
        if text.look_up is None:
            continue
        known = parsed.tables.get(text.look_up.table)
        if known is None:
            hint = suggest(text.look_up.table, parsed.tables) or "; declare it under `tables`"
            raise FormatInvalid(f"{path}.look_up.table", f"there is no table {text.look_up.table!r}{hint}")
        header = lookups.load(known).header
        if text.look_up.column not in header:
            hint = suggest(text.look_up.column, header)
            raise FormatInvalid(f"{path}.look_up.column", f"the table has no column {text.look_up.column!r}{hint}")
        if len(known.key) != max(1, len(text.concat)) or (len(known.key) > 1 and not text.separator):
            raise FormatInvalid(
                f"{path}.look_up",
                f"the table is known by {' and '.join(known.key)}: look it up by as many columns, joined by a `concat`"
                " with a `separator`",
            )


def _check_table(table: Table, path: str) -> None:
    if table.file:
        raise FormatInvalid(f"{path}.file", "is read by `manage.py partners`; elsewhere put its text under `csv`")
    if not table.key:
        raise FormatInvalid(f"{path}.key", "is empty: say by which columns a row is found, e.g. [code]")
    if len(table.delimiter) != 1:
        raise FormatInvalid(f"{path}.delimiter", f"{table.delimiter!r} is not one character")
    try:
        lookups.load(table)
    except ValueError as error:
        raise FormatInvalid(f"{path}.csv", str(error)) from None


def _find_texts(part: Any, path: str) -> Iterator[tuple[str, Text]]:
    """Every text of a declaration, with its path."""
    if isinstance(part, Text):
        yield path, part
    if isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from _find_texts(getattr(part, name), f"{path}.{name}".lstrip("."))
    elif isinstance(part, tuple):
        for number, inner in enumerate(part):
            yield from _find_texts(inner, f"{path}[{number}]")


def _check_split(split: Splitting) -> None:
    if [split.column != "", bool(split.columns), bool(split.keep)].count(True) != 1:
        raise FormatInvalid("split", "give either `column`, `columns` or `keep`")
    wanted = 1 if split.column != "" else 2 if split.keep else len(split.columns[0])
    if not split.separator:
        raise FormatInvalid("split.separator", "is empty: say what is between the pieces")
    if len(set(split.names)) < len(split.names):
        raise FormatInvalid("split.names", f"{list(split.names)} has a name twice")
    if len(split.names) != wanted or any(len(group) != wanted for group in split.columns):
        raise FormatInvalid("split.names", f"{len(split.names)} names; as many as each group has columns are needed")


def _check_zone(zone: str, path: str) -> None:
    known = available_timezones()
    if zone not in known:
        raise FormatInvalid(path, f"{zone!r} is not a time zone such as Asia/Shanghai{_near(zone, known)}")
    ZoneInfo(zone)


def _near(zone: str, known: set[str]) -> str:
    return suggest(zone, sorted(known)).split("one of:")[0].rstrip("; ")


def _check_text(text: Text, path: str, *, constant: bool = False) -> None:
    given = [name for name in ("column", "constant", "concat", "hash", "first") if getattr(text, name) not in ("", ())]
    if len(given) != 1:
        said = f"{' and '.join(given)} are given" if given else "nothing is given"
        raise FormatInvalid(path, f"{said}; give either `column`, `constant`, `concat`, `hash` or `first`")
    if given == ["constant"] and not constant:
        raise FormatInvalid(f"{path}.constant", "a constant cannot tell one row from another")
    if text.otherwise is not None and not text.map and text.look_up is None:
        raise FormatInvalid(f"{path}.otherwise", "stands beside a `map` or `look_up`, for values that are not in it")
    if text.separator and not text.concat:
        said = 'stands beside `concat`; a piece of a text is `part: {separator: "-", number: 1}`'
        raise FormatInvalid(f"{path}.separator", said)
    _check_replace(text.replace, path)
    if text.between == ("", ""):
        raise FormatInvalid(f"{path}.between", 'needs what stands before or after: ["(", ")"]')
    if not 0 <= text.pad <= 64:
        raise FormatInvalid(f"{path}.pad", f"{text.pad} is not a length from 1 to 64")
    if text.cut is not None and not 1 <= text.cut[0] <= text.cut[1]:
        raise FormatInvalid(f"{path}.cut", f"{list(text.cut)} is not [first, last] character, counted from 1")
    if text.part is not None and (not text.part.separator or text.part.number == 0):
        raise FormatInvalid(f"{path}.part", "needs a separator, and a number from 1, or from -1 backwards")
    for index, source in enumerate(text.sources):
        if isinstance(source, Text):
            _check_text(source, f"{path}[{index}]", constant=True)


def _check_replace(replace: dict[str, str], path: str) -> None:
    if "" in replace:
        raise FormatInvalid(f"{path}.replace", "an empty text stands everywhere; for empty cells say `map` or `first`")


def _check_number(number: Number, path: str) -> None:
    _check_text(number, path, constant=True)
    if number.thousands == number.decimal:
        raise FormatInvalid(f"{path}.thousands", f"{number.thousands!r} is the decimal sign, too")
    try:
        scale = Decimal(number.scale)
        positive = scale > 0 and scale.is_finite() and abs(scale.adjusted()) <= LONGEST_SCALE
    except InvalidOperation:
        positive = False
    if not positive:
        raise FormatInvalid(f"{path}.scale", f'{number.scale!r} is not a number above 0 such as "0.001"')
    units = getattr(number, "units", {})
    if units and (number.plus or number.minus or getattr(number, "bands", ())):
        raise FormatInvalid(f"{path}.units", "cannot stand beside `plus`, `minus` or `bands`, which have one unit")
    if getattr(number, "unit", "") in SPELLED:
        _check_spelled(number, path)


def _check_spelled(number: Number, path: str) -> None:
    for name in OF_PLAIN_NUMBERS:
        if getattr(number, name, None) != getattr(Duration(), name):
            said = "is of plain numbers; a duration that is written out says all by itself"
            raise FormatInvalid(f"{path}.{name}", said)


def _check_moment(moment: Moment, path: str) -> None:
    if (moment.column != "") == bool(moment.columns):
        raise FormatInvalid(path, "give either `column` or `columns`")
    for index, source in enumerate(moment.columns):
        if isinstance(source, Text):
            _check_text(source, f"{path}.columns[{index}]", constant=True)
    if moment.zone:
        _check_zone(moment.zone, f"{path}.zone")
    if not moment.formats:
        raise FormatInvalid(f"{path}.format", "at least one format is needed")
    check_times(moment.formats, f"{path}.format")
    _check_replace(moment.replace, path)
    for name in moment.formats:
        _check_day(name, f"{path}.format")
        if moment.offset is not None and name in NAMED_TIMES and name != "iso":
            raise FormatInvalid(f"{path}.offset", f"{name} needs none: it is in UTC, or of a sheet")
    if moment.plus is not None:
        _check_number(moment.plus, f"{path}.plus")


def check_times(formats: tuple[str, ...], path: str) -> None:
    """Raises FormatInvalid where one is neither a named format nor a strptime format."""
    for declared in formats:
        if declared in NAMED_TIMES:
            continue
        if "%" not in declared:
            raise FormatInvalid(
                path,
                f"{declared!r} is neither a strptime format such as '%Y-%m-%d %H:%M'{suggest(declared, NAMED_TIMES)}",
            )
        try:
            datetime.strptime(SAMPLE.strftime(declared), declared)  # noqa: DTZ007
        except ValueError as error:
            raise FormatInvalid(path, f"{declared!r} is not a strptime format: {error}") from None


def _check_day(declared: str, path: str) -> None:
    """An instant has a whole day, and of twelve hours its half."""
    if declared in NAMED_TIMES:
        return
    if datetime.strptime(SAMPLE.strftime(declared), declared).date() != SAMPLE.date():  # noqa: DTZ007
        said = "does not say year, month and day; where another column does, join them: `columns: [day, time]`"
        raise FormatInvalid(path, f"{declared!r} {said}")
    if "%Z" in declared:
        said = "has `%Z`, which forgets the zone that it reads; write its name as it stands, and say `zone`"
        raise FormatInvalid(path, f"{declared!r} {said}")
    if "%p" in declared and "%I" not in declared:
        raise FormatInvalid(path, f"{declared!r} has `%p`, which counts beside the hour of twelve alone: `%I`")
    if "%I" in declared and "%p" not in declared:
        raise FormatInvalid(path, f"{declared!r} has `%I`, an hour of twelve, without `%p`; of 24 it is `%H`")


def _check_case(parsed: Format, case: Case, path: str) -> None:
    if case.event_id is not None:
        _check_text(case.event_id, f"{path}.event_id")
    if case.action == "event":
        _check_event(parsed, case, path)
    for name, moment in (("started_at", case.started_at), ("ended_at", case.ended_at)):
        if moment is not None:
            _check_moment(moment, f"{path}.{name}")
    if case.started_at is not None and case.started_at.next_day:
        raise FormatInvalid(f"{path}.started_at.next_day", "is of `ended_at`, which follows the start")
    for name, number in _numbers(case):
        _check_number(number, f"{path}.{name}")
    if case.payer is not None and case.payee is not None:
        raise FormatInvalid(f"{path}.payee", "give either `payer` or `payee`")
    for name in ("place", "category", "payer", "payee", "device", "scenario", "half", "vehicle_class", "item"):
        if isinstance(text := getattr(case, name), Text):
            _check_text(text, f"{path}.{name}", constant=True)
    for name, point in (("origin", case.origin), ("destination", case.destination)):
        if point is not None:
            _check_point(point, f"{path}.{name}")
    _check_distances(case, path)
    if case.profile is not None:
        _check_profile(parsed, case.profile, f"{path}.profile")


def _check_event(parsed: Format, case: Case, path: str) -> None:
    if not case.scenario:
        raise FormatInvalid(f"{path}.scenario", "is missing: the code of a scenario, or a column with a map of codes")
    if case.started_at is None and (case.ended_at is None or case.duration is None):
        raise FormatInvalid(f"{path}.started_at", "is missing: say when it began, or `ended_at` and `duration`")
    if case.started_at is not None and case.ended_at is not None and case.duration is not None:
        raise FormatInvalid(f"{path}.duration", "give either `ended_at` or `duration`")
    if case.half and parsed.pairing is None:
        raise FormatInvalid(f"{path}.half", "needs `pairing: {limit_s: ...}` beside `cases`")


def _numbers(case: Case) -> Iterator[tuple[str, Number]]:
    for name in ("duration", "quantity", "amount", "energy", "mass", "occupants", "odometer", "sightings"):
        if (number := getattr(case, name)) is not None:
            yield name, number


def _check_point(point: Point, path: str) -> None:
    if (point.column != "") == (point.lon != "" or point.lat != ""):
        raise FormatInvalid(path, "give either `column`, or `lon` and `lat`")
    if point.column == "" and (point.lon == "" or point.lat == ""):
        raise FormatInvalid(path, "`lon` and `lat` are both needed")
    for name in ("lon", "lat"):
        if isinstance(text := getattr(point, name), Text):
            _check_text(text, f"{path}.{name}", constant=True)
    if point.notation == "geohash" and point.column == "":
        raise FormatInvalid(f"{path}.notation", "a geohash stands in one `column`")
    if point.decimal == point.separator and point.column != "":
        raise FormatInvalid(
            f"{path}.separator", f"{point.separator!r} is also the decimal sign; say what is between the two"
        )


def _check_distances(case: Case, path: str) -> None:
    for number, distance in enumerate(case.distances):
        where = f"{path}.distance" + (f"[{number}]" if isinstance(case.distance, tuple) else "")
        if distance.computed:
            _check_computed(case, distance, where)
            continue
        _check_number(distance, where)
        if list(distance.bands) != sorted(distance.bands):
            raise FormatInvalid(f"{where}.bands", f"bounds must rise: {[list(band) for band in distance.bands]}")


def _check_computed(case: Case, distance: Distance, path: str) -> None:
    if distance.sources or distance.bands:
        raise FormatInvalid(path, "give either `column` or `computed`")
    if distance.computed == "crow_fly" and (case.origin is None or case.destination is None):
        raise FormatInvalid(f"{path}.computed", "a straight line needs `origin` and `destination` in the same case")
    if distance.computed == "track" and (case.track is None or not case.track.ordered):
        raise FormatInvalid(f"{path}.computed", "needs a `track` in the same case whose points are in order")


def _check_profile(parsed: Format, profile: Profile, path: str) -> None:
    if profile.columns:
        if len(profile.columns) not in DAY_PARTS:
            raise FormatInvalid(
                f"{path}.columns", f"{len(profile.columns)} columns; 24, 48, 96 or 1440 are needed, from midnight on"
            )
    elif profile.column == "" and (profile.hour is None or profile.steps == ""):
        raise FormatInvalid(path, "give 24 `columns`, a `column` with a list, or `hour` and `steps` of grouped rows")
    elif profile.hour is not None and parsed.group is None:
        raise FormatInvalid(f"{path}.hour", "rows of hours need `group: {by: [...]}` beside `cases`")
