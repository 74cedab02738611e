"""The raw bytes of a delivery, kept in encrypted chunks: written as they come, read back chunk by chunk."""

import hashlib
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from activities.models import Delivery, DeliveryChunk
from config import secrecy
from config.problems import Problem

CHUNK_BYTES = 1_048_576


class BodyTooLarge(Problem):
    status, code, title = 413, "body_too_large", _("The body is too large.")


def split(content: bytes | BinaryIO) -> Iterator[bytes]:
    """Pieces of CHUNK_BYTES, the last one shorter."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    while piece := stream.read(CHUNK_BYTES):
        yield piece


def store(delivery: Delivery, content: bytes | BinaryIO) -> tuple[bytes, int]:
    """Keep the content; return its SHA-256 and size. No more than a chunk of it is in memory.

    Raises BodyTooLarge at the first chunk above INTAKE_FILE_MAX_BYTES, whatever was said of its size.
    """
    sha256, size = hashlib.sha256(), 0
    for number, piece in enumerate(split(content)):
        sha256.update(piece)
        size += len(piece)
        if size > settings.INTAKE_FILE_MAX_BYTES:
            raise BodyTooLarge(_("At most %(limit)s bytes are accepted.") % {"limit": settings.INTAKE_FILE_MAX_BYTES})
        DeliveryChunk.objects.create(delivery=delivery, number=number, content_encrypted=secrecy.encrypt_bytes(piece))
    return sha256.digest(), size


def open_body(delivery: Delivery) -> BinaryIO:
    """The content as it came, seekable; one chunk of it is in memory at a time."""
    return io.BufferedReader(_Chunks(delivery), CHUNK_BYTES)


class _Chunks(io.RawIOBase):
    def __init__(self, delivery: Delivery) -> None:
        self.delivery, self.size, self.at = delivery, delivery.size_bytes, 0
        self.number, self.content = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = max(0, start + offset)
        return self.at

    def readinto(self, buffer: Any) -> int:
        number, start = divmod(self.at, CHUNK_BYTES)
        if number != self.number and self.at < self.size:
            kept = DeliveryChunk.objects.filter(delivery=self.delivery, number=number)
            found = kept.values_list("content_encrypted", flat=True).first()
            self.number, self.content = number, b"" if found is None else secrecy.decrypt_bytes(bytes(found))
        if self.at >= self.size:
            return 0
        view = memoryview(buffer)
        piece = self.content[start : start + len(view)]
        view[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)
