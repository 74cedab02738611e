"""Pictures of every page of the demo city: phone and desktop, both languages, both themes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import User
from sandbox import pages
from sandbox.demo.settlers import DEMO_EMAIL

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
LANGUAGES = ("zh-hans", "en")
THEMES = ("light", "dark")


class NoDemoCity(Exception):  # noqa: N818  it names what is missing
    """There is no demo citizen whose pages could be drawn."""


def take(site_url: str, folder: Path, chromium: str, say: Callable[[str], None]) -> int:
    """Write a PNG for each page and way of looking; return how many. Raises NoDemoCity."""
    user = User.objects.filter(email=DEMO_EMAIL).select_related("citizen").first()
    if user is None:
        raise NoDemoCity("There is no demo city here. Run manage.py demo first.")
    addresses, cookie, count = pages.PUBLIC | pages.of(user), _sign_in(user), 0
    with _browser(chromium) as browser:
        for (size, (width, height)), language, theme in product(SIZES.items(), LANGUAGES, THEMES):
            look = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
            look.add_cookies([_cookie("tanpuhui_language", language, site_url)])
            page = look.new_page()
            for name, path in addresses.items():
                if name == next(iter(pages.OWN)):
                    look.add_cookies([_cookie(settings.SESSION_COOKIE_NAME, cookie, site_url)])
                page.goto(site_url + path, wait_until="networkidle")
                tall = page.evaluate("document.documentElement.scrollHeight")  # the bar below belongs at the end
                page.set_viewport_size({"width": width, "height": max(height, tall)})
                page.screenshot(path=folder / f"{name}-{size}-{language}-{theme}.png")
                page.set_viewport_size({"width": width, "height": height})
                count += 1
            look.close()
            say(f"{size} {language} {theme}")
    return count


def _sign_in(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _cookie(name: str, value: str, site_url: str) -> dict[str, str]:
    return {"name": name, "value": value, "url": site_url}


@contextmanager
def _browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # a development dependency

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
