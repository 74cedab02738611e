"""A browser of a few lines: keeps cookies, follows redirects until they leave the web, fills in forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


@dataclass
class Form:
    action: str
    values: dict = field(default_factory=dict)
    buttons: list = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        if tag == "form":
            self.forms.append(Form(attributes.get("action", "")))
        elif tag == "input" and self.forms and "name" in attributes:
            unticked = attributes.get("type") in {"checkbox", "radio"} and "checked" not in attributes
            if not unticked:
                self.forms[-1].values.setdefault(attributes["name"], []).append(attributes.get("value") or "")
        elif tag == "button" and self.forms and "name" in attributes:
            self.forms[-1].buttons.append((attributes["name"], attributes["value"]))


class Browser:
    """`at` is the address last asked for, which may be a deep link; `page` the last answer."""

    def __init__(self, home):
        self.home = home
        self.session = requests.Session()
        self.at = home
        self.page = None
        self.trail = []

    def get(self, url):
        return self._go("GET", urljoin(self.home, url))

    def submit(self, button, **changes):
        """Send the form of the page that has the field or the button of that name."""
        reader = _Reader()
        reader.feed(self.page.text)
        wanted = changes.get(button)
        named = [form for form in reader.forms if button in form.values or (button, wanted) in form.buttons]
        form = named[-1]
        values = {**form.values, **changes}
        values.pop(None, None)
        return self._go("POST", urljoin(self.page.url, form.action or self.page.url), values)

    def _go(self, method, url, data=None):
        headers = {"Referer": self.page.url if self.page is not None else self.home, "Accept-Language": "en"}
        self.trail = []
        while True:
            self.at = url
            self.trail.append(url)
            if not url.startswith("http"):
                return self.page
            self.page = self.session.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=20)
            if not self.page.is_redirect:
                return self.page
            method, data, url = "GET", None, urljoin(url, self.page.headers["Location"])
