"""Which keys of a format read a column: what a preview says of it."""

from collections import defaultdict
from collections.abc import Iterator

from activities.intake.formats.values import Moment, Point, Profile, Text, Track
from activities.intake.formats.vocabulary import Case, Format


def find(declared: Format) -> dict[str, tuple[str, ...]]:
    """The keys by the names of columns, each once, in the order of the declaration."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for key, name in _walk(declared):
        found[name][key] = None
    return {name: tuple(keys) for name, keys in found.items()}


def _walk(declared: Format) -> Iterator[tuple[str, str]]:
    yield from (("subject", name) for name in declared.subject.names)
    yield from (("event_id", name) for name in declared.event_id.names)
    if declared.revision is not None:
        yield "revision", str(declared.revision.column)
    if declared.group is not None:
        yield from (("group", name) for name in declared.group.names)
    if declared.split is not None:
        yield from (("split", name) for name in declared.split.sources)
    for case in declared.cases:
        yield from _walk_case(case)


def _walk_case(case: Case) -> Iterator[tuple[str, str]]:
    yield from (("when", str(name)) for name in case.when)
    for key in case.__struct_fields__:
        told = getattr(case, key)
        for part in told if isinstance(told, tuple) else (told,):
            if isinstance(part, Text | Moment | Point | Track | Profile):
                yield from ((key, name) for name in part.names)
