"""One headless Chromium for all browser tests. Each test opens contexts of its own in it, which share nothing.

Playwright runs an event loop in the thread of the tests. Django must see it only while a browser test runs: elsewhere
the loop would stand for asynchronous code.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]


class Shared:
    """The browser of the session, and the loop that drives it."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)

    @contextmanager
    def in_use(self) -> Iterator[Browser]:
        asyncio._set_running_loop(self._loop)
        try:
            yield self.browser
            for context in self.browser.contexts:
                leave(context)
            connection.close()  # the event loop gave this context a connection of its own
        finally:
            asyncio._set_running_loop(None)

    def close(self) -> None:
        asyncio._set_running_loop(self._loop)
        self.browser.close()


@contextmanager
def shared() -> Iterator[Shared]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        one = Shared(launch(playwright.chromium))
        yield one
        one.close()


def launch(chromium, *flags: str) -> Browser:
    return chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])


def leave(context: BrowserContext) -> None:
    """What a page or its worker still asks for ends before the tables are emptied."""
    context.set_offline(False)
    for page in context.pages:
        page.goto("about:blank")
    context.close()


def cookie_of(client, live_server, user) -> dict[str, str]:
    """The session in which `user` is signed in."""
    client.force_login(user)
    return cookie(live_server, "tanpuhui_session", client.cookies["tanpuhui_session"].value)


def cookie(live_server, name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value, "url": live_server.url}
