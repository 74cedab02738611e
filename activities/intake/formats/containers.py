"""What the types cannot say of a container: which keys its kind has, and which signs cannot be the same."""

import codecs
import re

from activities.intake.formats.errors import FormatInvalid, suggest
from activities.intake.formats.vocabulary import Container

TEXTS = ("csv", "fixed", "jsonl", "json")
KINDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("encoding", "line_ends"): TEXTS,
    ("delimiter", "quote", "escape"): ("csv",),
    ("widths", "widths_in"): ("fixed",),
    ("path",): ("json",),
    ("header",): ("csv", "fixed", "workbook"),
    ("bad_bytes",): ("csv", "fixed", "jsonl"),
    ("skip_lines", "skip_to", "skip_last_lines", "comment"): ("csv", "fixed", "jsonl", "workbook"),
    ("sheet",): ("workbook",),
}
"""Keys of a container that only some kinds have."""
PATH = re.compile(r"(?:\[\]|\{\})*(?:(?:^|\.)[^.\[\]{}]+(?:\[\]|\{\})*)*")


def check(container: Container) -> None:
    """Raises FormatInvalid with the path and what would be right."""
    _check_keys(container)
    try:
        "".encode(container.encoding)
    except (LookupError, UnicodeError):  # also what codes bytes, as zlib does, or nothing at all
        known = ("utf-8", "utf-16", "gb18030", "big5", "latin-1")
        raise FormatInvalid(
            "container.encoding", f"{container.encoding!r} is not an encoding{suggest(container.encoding, known)}"
        ) from None
    if not container.delimiter:
        raise FormatInvalid("container.delimiter", 'must not be empty; a tabulator is written "\\t"')
    if len(container.quote) > 1 or len(container.escape) > 1:
        raise FormatInvalid("container.quote", "quote and escape are one character, or empty for none")
    _check_signs(container)
    if container.widths_in == "bytes" and codecs.lookup(container.encoding).name.startswith(("utf-16", "utf-32")):
        raise FormatInvalid("container.widths_in", f"columns of {container.encoding} are counted in characters")
    if not container.line_ends and (container.kind, container.widths_in) != ("fixed", "bytes"):
        raise FormatInvalid("container.line_ends", "can be missing in `fixed` columns with `widths_in: bytes` alone")
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


def _check_signs(container: Container) -> None:
    """One sign cannot mean two things."""
    if container.kind != "csv":
        return
    if "\n" in container.delimiter or "\r" in container.delimiter:
        raise FormatInvalid("container.delimiter", "is between the cells of a line; it is no line end")
    if container.quote and container.quote == container.delimiter:
        raise FormatInvalid("container.quote", f"{container.quote!r} is the delimiter, too")
    if container.escape and container.escape in (container.delimiter, container.quote):
        said = "is the delimiter or the quote, too; a quote that is written twice needs no escape"
        raise FormatInvalid("container.escape", f"{container.escape!r} {said}")


def _check_keys(container: Container) -> None:
    """A key that the kind has not would be passed over in silence."""
    plain = Container(kind=container.kind)
    for names, kinds in KINDS.items():
        strange = [name for name in names if getattr(container, name) != getattr(plain, name)]
        if strange and container.kind not in kinds:
            raise FormatInvalid(f"container.{strange[0]}", _whose(container, strange[0], kinds))
    if not PATH.fullmatch(container.path):
        said = f"{container.path!r} is no path such as data.trips, users[].rides or trips{{}}"
        raise FormatInvalid("container.path", said)
    if isinstance(container.sheet, int) and container.sheet < 1:
        raise FormatInvalid("container.sheet", f"{container.sheet} is neither a name nor a place from 1")


def _whose(container: Container, name: str, kinds: tuple[str, ...]) -> str:
    if container.kind == "workbook":
        return "is of a text; a workbook says by itself what its cells are"
    if kinds == ("workbook",):
        return "is of a `workbook`; a text has none"
    said = f"is of {', '.join(kinds)}; `{container.kind}` has none"
    if name == "path" and container.kind == "jsonl":
        said += f": rows within a line are `split: {{column: {container.path}, names: [row]}}` beside `cases`"
    return said
