"""The lines of a text: decoded, without those that the format skips."""

import codecs
import io
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from activities.intake.formats.vocabulary import Container
from activities.intake.problems import Refused

LINE_BYTES_MAX = 16_777_216
PEEK_BYTES = 65_536
WIDE_ENCODINGS = ("utf-16", "utf-32")
"""Encodings in which a line end is no single byte."""

BYTEWISE = "latin-1"
"""The encoding in which every byte is a character."""
MARK = "\ufeff"
GUESSED_ENCODINGS = ("utf-8", "gb18030", "big5", "windows-1252")

Line = TypeVar("Line")
"""A line of a text, or the cells of one."""


def choose(
    lines: Iterator[tuple[int, Line]],
    container: Container,
    begins: Callable[[Line, str], bool],
    has: Callable[[Line, str], bool],
    filled: Callable[[Line], object],
) -> Iterator[tuple[int, Line]]:
    """Without the lines that the format skips at the start, at the end and as comments; they count from 1."""
    waiting, comment, header, number = deque[tuple[int, Line]](), container.comment, container.skip_to, 0
    for number, line in lines:
        if number <= container.skip_lines or (comment and begins(line, comment)):
            continue
        if header and not has(line, header):
            continue
        header = ""
        if not container.skip_last_lines:
            yield number, line
            continue
        if filled(line):
            waiting.append((number, line))
        if len(waiting) > container.skip_last_lines:
            yield waiting.popleft()
    if header and number:
        said = f"no line has {container.skip_to!r} in it, with which by `skip_to` the header or the first row begins"
        raise Refused("missing_column", said, container.skip_to)


class Lines:
    """The decoded lines of a file; `number` is that of the last one handed out.

    Where columns are cut by bytes, a line is its bytes, each as one character: decoded, it could not be cut any more.
    """

    def __init__(self, source: BinaryIO, container: Container, before: int = 0) -> None:
        self.number = before
        self.container = container
        self.bytewise = container.kind == "fixed" and container.widths_in == "bytes"
        self.before = before
        self.numbered = choose(enumerate(self._decode(source), start=1), container, self._begins, self._has, str.strip)

    def __iter__(self) -> Iterator[str]:
        for number, line in self.numbered:
            self.number = self.before + number
            yield line

    def _begins(self, line: str, text: str) -> bool:
        return line.startswith(self._spell(text))

    def _has(self, line: str, text: str) -> bool:
        return self._spell(text) in line

    def _spell(self, text: str) -> str:
        """A text of the declaration as it stands in a line."""
        return text.encode(self.container.encoding).decode(BYTEWISE) if self.bytewise else text

    def _decode(self, source: BinaryIO) -> Iterator[str]:
        """The lines, without the byte-order mark that some put before the first one in any encoding."""
        lines = self._decode_all(source)
        first = next(lines, None)
        if first is not None:
            yield first.removeprefix(MARK)
            yield from lines

    def _decode_all(self, source: BinaryIO) -> Iterator[str]:
        encoding = self.container.encoding
        if codecs.lookup(encoding).name.startswith(WIDE_ENCODINGS):
            yield from self._decode_wide(source, encoding)
            return
        start = source.peek(PEEK_BYTES)  # type: ignore[attr-defined]
        if start.startswith(codecs.BOM_UTF8):
            source.read(len(codecs.BOM_UTF8))
            encoding = self._marked(encoding)
        errors = "replace" if self.container.bad_bytes == "replace" else "strict"
        lines = self._cut(source, old=b"\r" in start and b"\n" not in start)
        for number, line in enumerate(lines, start=1):
            yield line.decode(BYTEWISE) if self.bytewise else decode(line, encoding, number, errors)

    def _marked(self, encoding: str) -> str:
        """The encoding of a file that begins with the mark of UTF-8, whatever was declared."""
        if not self.bytewise or encoding == "utf-8":
            return "utf-8"
        raise Refused("bad_encoding", f"it begins with the mark of utf-8; its columns are declared in {encoding}")

    def _cut(self, source: BinaryIO, *, old: bool) -> Iterator[bytes]:
        """The lines as bytes; records without line ends are as long as all their columns."""
        if not self.container.line_ends:
            return iter(lambda: source.read(sum(self.container.widths)), b"")
        return _read_old_lines(source) if old else read_lines(source)

    def _decode_wide(self, source: BinaryIO, encoding: str) -> Iterator[str]:
        errors = "replace" if self.container.bad_bytes == "replace" else "strict"
        text = io.TextIOWrapper(source, encoding, errors, newline="")
        try:
            for number, line in enumerate(iter(lambda: text.readline(LINE_BYTES_MAX), ""), start=1):
                if len(line) == LINE_BYTES_MAX:
                    raise Refused("bad_csv", f"line {number} is longer than {LINE_BYTES_MAX} characters")
                yield line
        except UnicodeError as error:
            raise Refused("bad_encoding", f"not {encoding}: {error}") from error


def read_lines(source: BinaryIO) -> Iterator[bytes]:
    """Raises Refused where a line does not end."""
    for number, line in enumerate(iter(lambda: source.readline(LINE_BYTES_MAX), b""), start=1):
        if len(line) == LINE_BYTES_MAX:
            raise Refused("bad_csv", f"line {number} is longer than {LINE_BYTES_MAX} bytes")
        yield line


def _read_old_lines(source: BinaryIO) -> Iterator[bytes]:
    """Lines that end in a carriage return alone, as spreadsheets on Macs still write them."""
    rest = b""
    while piece := source.read(PEEK_BYTES):
        *lines, rest = (rest + piece).split(b"\r")
        yield from (line + b"\n" for line in lines)
        if len(rest) > LINE_BYTES_MAX:
            raise Refused("bad_csv", f"a line is longer than {LINE_BYTES_MAX} bytes")
    if rest:
        yield rest


def decode(line: bytes, encoding: str, number: int, errors: str = "strict") -> str:
    try:
        return line.decode(encoding, errors)
    except UnicodeDecodeError as error:
        wrong = line[error.start : error.start + 1].hex()
        raise Refused(
            "bad_encoding",
            f"line {number}: byte 0x{wrong} at position {error.start + 1} is not {encoding}{_encodings(line)}",
        ) from error


def _encodings(line: bytes) -> str:
    """In which encodings a line could be read."""
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "; it begins like utf-16"
    fitting = [name for name in GUESSED_ENCODINGS if _fits(line, name)]
    return f"; it could be {' or '.join(fitting)}" if fitting else ""


def _fits(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
