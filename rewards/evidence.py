"""Photos that prove what became of gifts."""

from django.core.files import File
from django.http import FileResponse

from rewards.models import Handover, Planting
from rewards.refusals import PhotoUnfit

Evidence = Planting | Handover
BEGIN_BYTES = 16
"""By so many a photo's type is known."""
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"RIFF": "image/webp"}


def picture_type(content: bytes) -> str:
    """The media type of a photo by its first bytes. Raises PhotoUnfit."""
    for begin, media_type in _PICTURES.items():
        if content.startswith(begin) and (media_type != "image/webp" or content[8:12] == b"WEBP"):
            return media_type
    raise PhotoUnfit


def keep(evidence: Evidence, photo: "File[bytes]") -> None:
    """Write the evidence down with its photo. Raises PhotoUnfit."""
    media_type = picture_type(photo.read(BEGIN_BYTES))
    photo.seek(0)
    evidence.photo.save(f"{evidence.id}.{media_type.rpartition('/')[2]}", photo, save=False)
    evidence.save(force_insert=True)


def open_photo(evidence: Evidence) -> FileResponse:
    """The photo as an answer."""
    photo = evidence.photo.open("rb")
    media_type = picture_type(photo.read(BEGIN_BYTES))
    photo.seek(0)
    return FileResponse(photo, content_type=media_type)
