"""A phone at the till: Chromium whose camera sees a QR code, and whose console must stay silent."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno
from django.db import connection
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
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
    client, live_server, user, seen: Path | None = None, allowed: str = "ERR_INTERNET", **context
) -> Iterator[Page]:
    """A page in which `user` is signed in; errors of console, scripts and requests fail the test at the end."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    if seen:
        camera.append(f"--use-file-for-fake-video-capture={seen}")
    client.force_login(user)
    cookie = {"name": "tanpuhui_session", "value": client.cookies["tanpuhui_session"].value, "url": live_server.url}
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *camera])
        opened = browser.new_context(**{"viewport": {"width": 360, "height": 740}, "locale": "en", **context})
        opened.add_cookies([cookie])
        opened.set_default_timeout(15_000)
        page = opened.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        opened.set_offline(False)
        page.goto("about:blank")
        page.wait_for_timeout(300)  # what the worker asked for ends before the database goes
        connection.close()  # the event loop gave this context a connection of its own
        browser.close()
    assert [line for line in complaints if allowed not in line] == []
