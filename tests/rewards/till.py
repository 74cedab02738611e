"""A phone at the till: Chromium whose camera sees a QR code, and whose console must stay silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import segno
from playwright.sync_api import Page

from tests.browsers import cookie_of, launch, leave

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
SIDE = 480


def film(content: str, path: Path) -> Path:
    """Two frames of uncompressed video (YUV4MPEG2, luma and grey) that show the content as a QR code."""
    matrix = [list(row) for row in segno.make_qr(content, error="l").matrix_iter(border=4)]
    scale = SIDE // len(matrix)
    margin = (SIDE - scale * len(matrix)) // 2
    luma = bytearray(b"\xeb" * SIDE * SIDE)
    for row, cells in enumerate(matrix):
        line = b"".join((b"\x10" if dark else b"\xeb") * scale for dark in cells)
        for y in range(margin + row * scale, margin + (row + 1) * scale):
            luma[y * SIDE + margin : y * SIDE + margin + len(line)] = line
    frame = b"FRAME\n" + luma + b"\x80" * (SIDE * SIDE // 2)
    path.write_bytes(f"YUV4MPEG2 W{SIDE} H{SIDE} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return path


@contextmanager
def phone(
    browser, client, live_server, user, seen: Path | None = None, allowed: str = "ERR_INTERNET", **options
) -> Iterator[Page]:
    """A page in which `user` is signed in; errors of console, scripts and requests fail the test at the end.

    A film to be seen by the camera takes a browser of its own.
    """
    own = launch(browser.browser_type, *CAMERA, f"--use-file-for-fake-video-capture={seen}") if seen else None
    context = (own or browser).new_context(**{"viewport": {"width": 360, "height": 740}, "locale": "en", **options})
    context.add_cookies([cookie_of(client, live_server, user)])
    context.set_default_timeout(15_000)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    leave(context)
    if own:
        own.close()
    assert [line for line in complaints if allowed not in line] == []
