"""From the bytes of a delivery to rows. A body that cannot be read to its end is refused whole."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from typing import Any

from activities.intake.formats import Container, Format
from activities.intake.problems import Refused

GZIP_MAGIC = b"\x1f\x8b"

Row = list[str] | dict[str, Any]
"""A CSV row's cells in the order of the header, or a JSON object."""


class Rows:
    """The rows of a body: `header` (CSV only) and `items`, pairs of line and row. Lines count from 1."""

    def __init__(self, header: list[str] | None, items: list[tuple[int, Row]]) -> None:
        self.header = header
        self.items = items


def read(body: bytes, declared: Format) -> Rows:
    """Raises Refused where the container is broken or a column is missing."""
    container = declared.container
    text = _decode(_unpack(body), container.encoding)
    if not text.strip():
        raise Refused("body_empty", "the delivery has no content")
    if container.kind == "csv":
        return _read_csv(text, container, declared.columns)
    if container.kind == "jsonl":
        return Rows(None, list(_read_lines(text)))
    return Rows(None, _read_document(text, container.path))


def _unpack(body: bytes) -> bytes:
    if not body.startswith(GZIP_MAGIC):
        return body
    try:
        return gzip.decompress(body)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refused("truncated_gzip", f"the gzip stream is truncated or damaged: {error}") from error


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding.lower() == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = content[error.start : error.start + 1].hex()
        raise Refused(
            "bad_encoding", f"line {line}: byte 0x{wrong} at offset {error.start} is not {encoding}"
        ) from error
    except LookupError as error:
        raise Refused("bad_encoding", f"{encoding!r} is not an encoding") from error


def _read_csv(text: str, container: Container, columns: set[str]) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=container.delimiter)
    try:
        header = next(reader)
        missing = sorted(columns.difference(header))
        if missing:
            raise Refused(
                "missing_column", f"column {missing[0]!r} is missing; there are: {', '.join(header)}", missing[0]
            )
        items: list[tuple[int, Row]] = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise Refused("bad_csv", f"line {reader.line_num}: {error}") from error
    return Rows(header, items)


def _read_lines(text: str) -> Iterator[tuple[int, Row]]:
    for line, content in enumerate(text.splitlines(), start=1):
        if content.strip():
            yield line, _as_object(_load(content, f"line {line}"), f"line {line}")


def _read_document(text: str, path: str) -> list[tuple[int, Row]]:
    found = _load(text, "the body")
    for key in filter(None, path.split(".")):
        if not isinstance(found, dict) or key not in found:
            raise Refused("bad_rows_path", f"there is no {path!r} in the body", path)
        found = found[key]
    if not isinstance(found, list):
        raise Refused("bad_rows_path", f"{path or 'the body'!r} must be a list of rows", path)
    return [(number, _as_object(row, f"row {number}")) for number, row in enumerate(found, start=1)]


def _load(content: str, where: str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise Refused("bad_json", f"{where} is not JSON: {error}") from error


def _as_object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused("bad_json", f"{where} must be an object, not {type(value).__name__}")
    return value
