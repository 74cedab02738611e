"""What is wrong with a declaration: the path of the key, what stands there, and what would be right."""

import difflib
import re
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from django.utils.translation import gettext_lazy as _

from activities.intake.formats.values import Moment, Text
from config.problems import Problem

UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*?)`")
PLACE = re.compile(r" - at `(?P<kind>key in )?\$?(?P<path>.*?)`$")
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class FormatInvalid(Problem):
    """`path` is where in the declaration, as `cases[0].started_at.format`."""

    status, code, title = 422, "format_invalid", _("The feed's format is not valid.")

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}" if path else detail, path=path)


def convert(declaration: Any, wanted: type[Any], root: str = "") -> Any:
    """The declaration as a struct. Raises FormatInvalid."""
    try:
        return msgspec.convert(declaration, wanted)
    except msgspec.ValidationError as error:
        raise _explain(str(error), declaration, wanted, root) from error


def _explain(message: str, declaration: Any, wanted: type[Any], root: str) -> FormatInvalid:
    found = PLACE.search(message)
    steps = _name_members(_steps(found["path"]), message[: found.start()], declaration, wanted) if found else []
    what = message[: found.start()] if found else message
    structs, value = _walk(steps, declaration, wanted)
    path = ".".join(filter(None, [root, _spell(steps)])).replace(".[", "[")
    if unknown := UNKNOWN.match(what):
        key = unknown["key"]
        if Moment in structs and key in Text.__struct_encode_fields__:
            said = f"a text stands among the `columns`: `columns: [{{column: ..., {key}: ...}}]`"
            return FormatInvalid(path, f"unknown key {key!r}; {said}")
        return FormatInvalid(path, _unknown(key, {name for one in structs for name in one.__struct_encode_fields__}))
    if "missing required field" in what or isinstance(value, dict | list):
        return FormatInvalid(path, what)
    return FormatInvalid(path, f"{value!r} is not right: {what}{suggest(value, _choices(steps, wanted))}")


def _name_members(steps: list[str | int], what: str, declaration: Any, wanted: type[Any]) -> list[str | int]:
    """The library says `...` for the member of a mapping; which one it is shows by converting them one by one."""
    if "..." not in steps:
        return steps
    at = steps.index("...")
    kinds: list[Any] = [wanted]
    value = declaration
    for step in steps[:at]:
        kinds = [inner for kind in kinds for inner in _inner(kind, step)]
        value = _value(value, step)
    members = [inner for kind in kinds for inner in _inner(kind, "...")]
    for key, member in value.items() if isinstance(value, dict) and members else ():
        try:
            msgspec.convert(member, Union[tuple(members)])  # noqa: UP007  made at run time
        except msgspec.ValidationError as error:
            if what in str(error):
                return [*steps[:at], str(key), *steps[at + 1 :]]
    return steps


def _unknown(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}"
    return f"unknown key {key!r}; {hint}"


def suggest(value: object, choices: Iterable[str]) -> str:
    """What would be right instead of a value, with the nearest first."""
    known = list(choices)
    if not known:
        return ""
    near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.6)
    return f"; {f'did you mean {near[0]!r}? ' if near else ''}one of: {', '.join(filter(None, known))}"


def _steps(path: str) -> list[str | int]:
    return [name or (int(number) if number.isdigit() else number) for name, number in STEP.findall(path)]


def _spell(steps: list[Any]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if step != "..." else ""
    return text.lstrip(".")


def _walk(steps: list[str | int], declaration: Any, wanted: Any) -> tuple[list[type[msgspec.Struct]], Any]:
    """The structs that may stand at a path, and what was declared there."""
    kinds, value = [wanted], declaration
    for step in steps:
        kinds = [inner for kind in kinds for inner in _inner(kind, step)]
        value = _value(value, step)
    return [kind for kind in _flat(kinds) if isinstance(kind, type) and issubclass(kind, msgspec.Struct)], value


def _value(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return next(iter(value.values()), None) if step == "..." else value.get(step)
    if isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _flat(kinds: Iterable[Any]) -> Iterator[Any]:
    for kind in kinds:
        if get_origin(kind) in (Union, UnionType):
            yield from _flat(get_args(kind))
        else:
            yield kind


def _inner(kind: Any, step: str | int) -> Iterator[Any]:
    """The types behind one step of a path."""
    for one in _flat([kind]):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            names = dict(zip(one.__struct_encode_fields__, one.__struct_fields__, strict=True))
            if step in names:
                yield get_type_hints(one)[names[str(step)]]
        elif get_origin(one) is tuple:
            yield get_args(one)[0]
        elif get_origin(one) is dict:
            yield get_args(one)[1]


def _choices(steps: list[str | int], wanted: Any) -> list[str]:
    kinds: list[Any] = [wanted]
    for step in steps:
        kinds = [inner for kind in kinds for inner in _inner(kind, step)]
    return [str(choice) for kind in _flat(kinds) if get_origin(kind) is Literal for choice in get_args(kind)]
