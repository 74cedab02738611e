"""From the bytes of a delivery to the files in it: plain, gzip, zip, gzip in zip. Read as a stream, within limits.

What unpacks to more than INTAKE_UNPACKED_MAX_BYTES, or to more than RATIO_MAX times what came, is refused: a small
body that unpacks to a disk full is an attack, not a delivery.
"""

import codecs
import fnmatch
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_noop as _

from activities.intake.problems import BODY_EMPTY, Refused, naming

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC, EMPTY_ZIP_MAGIC = b"PK\x03\x04", b"PK\x05\x06"
RATIO_MAX = 250
RATIO_FROM_BYTES = 100_000_000
TAR_AT = 257
MEMBERS_MAX = 1000
BUFFER_BYTES = 262_144
HELD_BYTES_MAX = 67_108_864
"""How long a workbook within an archive may be: it is held in memory."""
WEB_PAGE = _("this is a web page; is it an error page of your server?")
UTF8_NAME = 0x800
NAME_ENCODINGS = ("utf-8", "gb18030")
FOREIGN = {
    b"PAR1": _("this is a Parquet file; export it as CSV or JSON lines"),
    b"7z\xbc\xaf": _("this is packed by 7-Zip; use gzip or zip"),
    b"Rar!": _("this is packed by RAR; use gzip or zip"),
    b"\xfd7zX": _("this is packed by xz; use gzip or zip"),
    b"\x28\xb5\x2f\xfd": _("this is packed by zstd; use gzip or zip"),
    b"BZh9": _("this is packed by bzip2; use gzip or zip"),
    b"%PDF": _("this is a PDF; export CSV"),
    b"<?xm": _("this is XML; export it as CSV, JSON or JSON lines"),
    b"<!DO": WEB_PAGE,
    b"<htm": WEB_PAGE,
    b"<tab": _("this is a sheet that was written as a web page; save it as .xlsx"),
}
"""What people send in place of data, by its first four bytes."""
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
LOCKED_MARK = "EncryptedPackage".encode("utf-16-le")
LOCKED = _("this is a workbook that is locked by a password; send it without")
OLD_WORKBOOK = _("this is an old Excel workbook (.xls); save it as .xlsx, or export it as CSV")
NO_WORKBOOK = _("this is no workbook (.xlsx); what is its `kind`?")
WITHIN = _("this is a zip archive or a workbook within another archive; pack the data files themselves")
XLSX = "xl/workbook.xml"
WORKBOOKS = {
    XLSX: _("this is an Excel workbook (.xlsx); declare `kind: workbook`, or export the sheet as CSV"),
    "xl/workbook.bin": _("this is an Excel workbook (.xlsb); save it as .xlsx, or export the sheet as CSV"),
    "content.xml": _("this is an OpenDocument sheet (.ods); save it as .xlsx, or export it as CSV"),
}


def unpack(source: BinaryIO, size_bytes: int, members: str = "*") -> Iterator[tuple[str, BinaryIO]]:
    """The files of a body one after the other, with their names in a zip, of which `members` chooses.

    `source` must be seekable: the directory of a zip stands at its end. Raises Refused, also later on.
    """
    budget = Budget(size_bytes)
    start = _peek(source)
    _check_kind(start, source)
    if start != ZIP_MAGIC:
        yield "", _inflate(source, budget)
        return
    with _opening(source) as archive:
        _check_workbook(archive)
        for info in _choose(archive, members):
            with archive.open(info) as member:
                with naming(info.filename):
                    inflated = _inflate(bound(member, budget), budget)
                yield info.filename, inflated


def open_workbooks(
    source: BinaryIO, size_bytes: int, members: str = "*"
) -> Iterator[tuple[str, zipfile.ZipFile, "Budget"]]:
    """The workbook that a body is, or those in it, with their names, as archives that are read within the budget.

    Raises Refused, also later on.
    """
    budget = Budget(size_bytes)
    start = _peek(source)
    if start.startswith(GZIP_MAGIC):
        source = _hold(bound(gzip.GzipFile(fileobj=source, mode="rb"), budget))
        start = _peek(source)
    _check_kind(start, source)
    if start != ZIP_MAGIC:
        raise Refused("not_data", NO_WORKBOOK)
    with _opening(source) as archive:
        if _kind_of(archive) == XLSX:
            yield "", archive, budget
            return
        _check_workbook(archive, known=(XLSX,))
        for info in _choose(archive, members):
            with naming(info.filename):
                with archive.open(info) as member:
                    held = _hold(bound(member, budget))
                start = _peek(held)
                _check_kind(start, held)
                if start != ZIP_MAGIC:
                    raise Refused("not_data", NO_WORKBOOK)
                with _opening(held) as inner:
                    _check_workbook(inner, known=(XLSX,))
                    if _kind_of(inner) != XLSX:
                        raise Refused("not_data", NO_WORKBOOK)
                    yield info.filename, inner, budget


@contextmanager
def _opening(source: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """A zip archive; damage is a refusal, also while it is read."""
    try:
        with zipfile.ZipFile(source) as archive:
            for info in archive.infolist():
                info.filename = _spell_name(info)
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError) as error:
        raise Refused("bad_zip", f"the zip archive is truncated or damaged: {error}") from error
    except RuntimeError as error:
        raise Refused("bad_zip", f"the zip archive cannot be opened: {error}") from error


def _hold(source: BinaryIO) -> BinaryIO:
    """A file in memory, where it can be sought in."""
    content = source.read(HELD_BYTES_MAX + 1)
    if len(content) > HELD_BYTES_MAX:
        raise Refused(
            "body_unpacks_too_large", f"a packed workbook is longer than {HELD_BYTES_MAX} bytes; send it unpacked"
        )
    return io.BytesIO(content)


def _kind_of(archive: zipfile.ZipFile) -> str:
    """The part by which a zip archive is known as a workbook; "" for others."""
    names = {name.replace("\\", "/").lower() for name in archive.namelist()}
    return next((name for name in WORKBOOKS if name in names), "")


def _check_workbook(archive: zipfile.ZipFile, known: tuple[str, ...] = ()) -> None:
    """Raises Refused for a workbook of a kind that is not read."""
    kind = _kind_of(archive)
    if kind and kind not in known:
        raise Refused("not_data", WORKBOOKS[kind])


def _choose(archive: zipfile.ZipFile, members: str) -> list[zipfile.ZipInfo]:
    """The files of a zip in the order of their names, without folders and what systems leave behind."""
    infos = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and not _base(info).startswith(".")
    ]
    chosen = [
        info for info in infos if fnmatch.fnmatch(_base(info), members) or fnmatch.fnmatch(info.filename, members)
    ]
    if not chosen:
        names = ", ".join(info.filename for info in infos[:8])
        raise Refused("bad_zip", f"no file in the zip is called {members!r}; there are: {names or 'none'}")
    if len(chosen) > MEMBERS_MAX:
        raise Refused("body_unpacks_too_large", f"{len(chosen)} files in the zip are more than {MEMBERS_MAX}")
    return sorted(chosen, key=lambda info: info.filename)


def _spell_name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the mark of UTF-8 it is in what the system that packed it writes."""
    if info.flag_bits & UTF8_NAME or info.filename.isascii():
        return info.filename
    for encoding in NAME_ENCODINGS:
        with suppress(UnicodeError):
            return info.filename.encode("cp437").decode(encoding)
    return info.filename


def _base(info: zipfile.ZipInfo) -> str:
    return info.filename.rsplit("/", 1)[-1]


def _peek(source: BinaryIO) -> bytes:
    start = source.read(4)
    source.seek(0)
    return start


def _inflate(source: BinaryIO, budget: "Budget") -> BinaryIO:
    """The stream itself, or what its gzip holds."""
    buffered = source if isinstance(source, io.BufferedReader) else io.BufferedReader(_Raw(source), BUFFER_BYTES)
    if buffered.peek(2).startswith(GZIP_MAGIC):
        buffered = bound(gzip.GzipFile(fileobj=buffered, mode="rb"), budget)
    start = buffered.peek(TAR_AT + 5)
    if start.startswith(ZIP_MAGIC):
        raise Refused("not_data", WITHIN)
    _check_kind(start)
    return buffered


def _check_kind(start: bytes, source: BinaryIO | None = None) -> None:
    """Raises Refused for what is no data."""
    if start.startswith(OLE_MAGIC):
        raise Refused("not_data", LOCKED if source is not None and _mentions(source, LOCKED_MARK) else OLD_WORKBOOK)
    if start.startswith(EMPTY_ZIP_MAGIC):
        raise Refused("body_empty", BODY_EMPTY)
    kind = FOREIGN.get(start.removeprefix(codecs.BOM_UTF8)[:4])
    if kind is None and start[TAR_AT:].startswith(b"ustar"):
        kind = _("this is a tar archive; use zip")
    if kind is not None:
        raise Refused("not_data", kind)


def _mentions(source: BinaryIO, mark: bytes) -> bool:
    """Whether a body has some bytes in it; it is read to its end."""
    rest = b""
    while piece := source.read(BUFFER_BYTES):
        if mark in rest + piece:
            return True
        rest = piece[-len(mark) :]
    return False


def bound(source: object, budget: "Budget") -> io.BufferedReader:
    """What comes out of a compressed stream, counted."""
    return io.BufferedReader(_Bounded(source, budget), BUFFER_BYTES)


class Budget:
    """How much a body may unpack to."""

    def __init__(self, size_bytes: int) -> None:
        self.packed, self.unpacked = max(size_bytes, 1), 0

    def spend(self, count: int) -> None:
        self.unpacked += count
        limit = settings.INTAKE_UNPACKED_MAX_BYTES
        if self.unpacked > limit:
            raise Refused("body_unpacks_too_large", f"it unpacks to more than {limit} bytes; send it in parts")
        if self.unpacked > max(RATIO_FROM_BYTES, self.packed * RATIO_MAX):
            raise Refused(
                "body_unpacks_too_large", f"{self.packed} bytes unpack to more than {RATIO_MAX} times as much"
            )


class _Raw(io.RawIOBase):
    """Any stream as a raw one, so that it can be buffered."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        content = self.source.read(len(view))
        view[: len(content)] = content
        return len(content)


class _Bounded(_Raw):
    """What comes out of a compressed stream, counted; damage is a refusal."""

    def __init__(self, source: object, budget: Budget) -> None:
        super().__init__(source)  # type: ignore[arg-type]
        self.budget = budget

    def readinto(self, buffer: Any) -> int:
        try:
            count = super().readinto(buffer)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            code = "bad_zip" if isinstance(error, zipfile.BadZipFile) else "truncated_gzip"
            kind = "zip" if code == "bad_zip" else "gzip"
            raise Refused(code, f"the {kind} stream is truncated or damaged: {error}") from error
        self.budget.spend(count)
        return count
