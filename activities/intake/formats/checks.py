"""What the types cannot say: the parts of a declaration must fit together."""

import codecs
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, available_timezones

from activities.intake.formats.errors import FormatInvalid, suggest
from activities.intake.formats.vocabulary import (
    Case,
    Container,
    Distance,
    Format,
    Moment,
    Number,
    Point,
    Profile,
    Splitting,
    Text,
)

NAMED_TIMES = ("iso", "epoch_s", "epoch_ms", "epoch_us", "excel_days")
SPELLED = ("hms", "hm", "iso")
"""Units of a duration that is written out."""


def check(parsed: Format) -> None:
    """Raises FormatInvalid with the path and what would be right."""
    _check_container(parsed.container)
    _check_zone(parsed.zone, "zone")
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
    if parsed.split is not None:
        _check_split(parsed.split)
    if not 50 <= parsed.cell_m <= 5000:
        raise FormatInvalid("cell_m", f"{parsed.cell_m} is not from 50 to 5000 metres")
    for number, case in enumerate(parsed.cases):
        if not case.skip and not case.refuse:
            _check_case(parsed, case, f"cases[{number}]")


def _check_container(container: Container) -> None:
    try:
        codecs.lookup(container.encoding)
    except LookupError:
        known = ("utf-8", "utf-16", "gb18030", "big5", "latin-1")
        raise FormatInvalid(
            "container.encoding", f"{container.encoding!r} is not an encoding{suggest(container.encoding, known)}"
        ) from None
    if not container.delimiter:
        raise FormatInvalid("container.delimiter", 'must not be empty; a tabulator is written "\\t"')
    if len(container.quote) > 1 or len(container.escape) > 1:
        raise FormatInvalid("container.quote", "quote and escape are one character, or empty for none")
    if container.kind == "fixed" and (not container.widths or min(container.widths) < 1):
        raise FormatInvalid("container.widths", "fixed columns need their widths, e.g. [8, 12, 20]")
    if container.widths and container.columns and len(container.widths) != len(container.columns):
        raise FormatInvalid(
            "container.columns",
            f"{len(container.columns)} names for {len(container.widths)} widths; one each is needed",
        )
    if container.heading is not None and not container.heading.when:
        raise FormatInvalid("container.heading.when", "is empty: say which lines are headings, e.g. {record: H}")
    if container.kind in ("json", "jsonl") and (container.fill_down or container.heading):
        raise FormatInvalid(
            "container", "`fill_down` and `heading` are for tables; in JSON `^` is what is around a row"
        )
    if min(container.skip_lines, container.skip_last_lines) < 0:
        raise FormatInvalid("container.skip_lines", "cannot be negative")


def _check_split(split: Splitting) -> None:
    if (split.column != "") == bool(split.columns):
        raise FormatInvalid("split", "give either `column` or `columns`")
    wanted = 1 if split.column != "" else len(split.columns[0])
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
    if text.otherwise is not None and not text.map:
        raise FormatInvalid(f"{path}.otherwise", "stands beside a `map`, for values that the map does not have")
    if text.cut is not None and not 1 <= text.cut[0] <= text.cut[1]:
        raise FormatInvalid(f"{path}.cut", f"{list(text.cut)} is not [first, last] character, counted from 1")
    if text.part is not None and (not text.part.separator or text.part.number == 0):
        raise FormatInvalid(f"{path}.part", "needs a separator, and a number from 1, or from -1 backwards")
    for index, source in enumerate(text.sources):
        if isinstance(source, Text):
            _check_text(source, f"{path}[{index}]", constant=True)


def _check_number(number: Number, path: str) -> None:
    _check_text(number, path, constant=True)
    try:
        positive = Decimal(number.scale) > 0
    except InvalidOperation:
        positive = False
    if not positive:
        raise FormatInvalid(f"{path}.scale", f'{number.scale!r} is not a number above 0 such as "0.001"')
    units = getattr(number, "units", {})
    if units and (number.plus or number.minus or getattr(number, "bands", ())):
        raise FormatInvalid(f"{path}.units", "cannot stand beside `plus`, `minus` or `bands`, which have one unit")
    if units and getattr(number, "unit", "") in SPELLED:
        raise FormatInvalid(f"{path}.units", "are of plain numbers; a duration that is written out says all by itself")


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
            sample = datetime(2024, 12, 31, 23, 59, tzinfo=UTC).strftime(declared)
            datetime.strptime(sample, declared)  # noqa: DTZ007
        except ValueError as error:
            raise FormatInvalid(path, f"{declared!r} is not a strptime format: {error}") from None


def _check_case(parsed: Format, case: Case, path: str) -> None:
    if case.event_id is not None:
        _check_text(case.event_id, f"{path}.event_id")
    if case.action == "event":
        _check_event(parsed, case, path)
    for name, moment in (("started_at", case.started_at), ("ended_at", case.ended_at)):
        if moment is not None:
            _check_moment(moment, f"{path}.{name}")
    for name, number in _numbers(case):
        _check_number(number, f"{path}.{name}")
    for name in ("place", "category", "payer", "device", "scenario", "half", "vehicle_class", "item"):
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
        if len(profile.columns) != 24:
            raise FormatInvalid(f"{path}.columns", f"{len(profile.columns)} columns; 24 are needed, from midnight on")
    elif profile.column == "" and (profile.hour is None or profile.steps == ""):
        raise FormatInvalid(path, "give 24 `columns`, a `column` with a list, or `hour` and `steps` of grouped rows")
    elif profile.hour is not None and parsed.group is None:
        raise FormatInvalid(f"{path}.hour", "rows of hours need `group: {by: [...]}` beside `cases`")
