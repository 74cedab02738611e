"""Whose pages these are: the partner is told by the client that asks."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.utils.translation import get_language

from sandbox.server.partners import BRANDS, Brand


def _client_id(request: HttpRequest) -> str:
    if "client_id" in request.GET:
        return request.GET["client_id"]
    following = request.GET.get("next") or request.POST.get("next") or ""
    return parse_qs(urlsplit(following).query).get("client_id", [""])[0]


def name(partner: Brand) -> str:
    """The partner's name in the reader's language."""
    return partner.name_en if (get_language() or "").startswith("en") else partner.name_zh


def brand(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `brand` and `brand_name` of the page, if it belongs to one partner."""
    partner = BRANDS.get(_client_id(request))
    return {"brand": partner, "brand_name": name(partner) if partner else ""}
