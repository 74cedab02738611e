"""The installable app: manifest, service worker, offline page. All public; nothing here knows who is asking."""

import hashlib
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

SHELL = (
    "css/app.css",
    "css/dark.css",
    "fonts/sans/source-sans-3-latin-wght-normal.woff2",
    "fonts/serif/source-serif-4-latin-600-normal.woff2",
    "icons.svg",
    "logo.svg",
    "django_htmx/htmx-2.min.js",
    "js/partial.js",
    "pwa/pwa.js",
    "rewards/rewards.css",
)
"""What every page needs, kept on the device."""
OFFLINE = Path(__file__).parent / "templates" / "pwa" / "offline.html"
ICONS = ((192, "any"), (512, "any"), (512, "maskable"))


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """In the reader's language."""
    icons = [
        {
            "src": static(f"pwa/{'maskable' if purpose == 'maskable' else 'icon'}-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in ICONS
    ]
    document = {
        "id": "/",
        "name": _("Tanpuhui, personal carbon account"),
        "short_name": _("Tanpuhui"),
        "description": _("Your personal carbon account: low-carbon living, checked, quantified and rewarded."),
        "lang": get_language(),
        "dir": "ltr",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f2e8",
        "theme_color": "#f6f2e8",
        "icons": [{"src": static("logo.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}, *icons],
        "shortcuts": [
            {"name": _("My vouchers"), "url": reverse("vouchers")},
            {"name": _("History"), "url": reverse("history")},
        ],
    }
    return JsonResponse(document, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """From the root, so that it stands for the whole site; a new version with every change of what it keeps."""
    shell = [static(path) for path in SHELL]
    context = {"version": version(), "shell": [*shell, reverse("offline")]}
    return render(request, "pwa/sw.js", context, content_type="text/javascript")


def version() -> str:
    """A digest of what the worker keeps."""
    digest = hashlib.sha256()
    for path in SHELL:
        digest.update(_content(path))
    digest.update(OFFLINE.read_bytes())
    return digest.hexdigest()[:12]


def _content(path: str) -> bytes:
    if staticfiles_storage.exists(path):
        with staticfiles_storage.open(path) as file:
            return bytes(file.read())
    found = finders.find(path)
    with open(str(found), "rb") as file:
        return file.read()


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """In both languages, as nobody can be asked then."""
    return render(request, "pwa/offline.html")
