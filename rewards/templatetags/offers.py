"""The rows of the list of offers, written here: a template takes five times as long for each."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from config.templatetags.interface import icon, whole
from rewards.models import Offer
from rewards.offers import Wish
from rewards.templatetags.rewards import far

register = template.Library()

Kind = Offer.Kind
ICONS = {Kind.TREE: "tree", Kind.DONATION: "heart", Kind.TRANSIT: "metro", Kind.GOODS: "gift"}
TINTS = {Kind.TREE: 1, Kind.DONATION: 1, Kind.TRANSIT: 2}


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    return icon(ICONS.get(Kind(kind), "voucher"))


@register.simple_tag
def offer_rows(offers: Iterable[Any], wish: Wish) -> SafeString:
    """A row an offer: its title, whose it is and how many are left; its price and whether it is within reach."""
    return mark_safe("\n".join(_row(offer, wish) for offer in offers))  # noqa: S308  each part is escaped below


def _row(offer: Any, wish: Wish) -> str:
    about = " · ".join(escape(part) for part in _about(offer, wish))
    badge, says = _reach(offer)
    return (
        f'<li><a class="list-item" href="{reverse("offer", args=[offer.id])}">'
        f'<span class="chip tint-{TINTS.get(offer.kind, 3)}">{kind_icon(offer.kind)}</span>'
        f'<span class="grow stack tight"><strong>{escape(offer.title)}</strong>'
        f'<span class="muted small">{about}</span></span>'
        f'<span class="end stack tight"><span><strong>{whole(offer.price_points)}</strong>'
        f' <span class="muted">{escape(_("points"))}</span></span>'
        f'<span class="badge {badge}">{escape(says)}</span></span></a></li>'
    )


def _about(offer: Any, wish: Wish) -> Iterable[str]:
    yield offer.merchant.name
    if wish.place and offer.distance_m is not None:
        yield far(offer.distance_m)
    if offer.near == 2:
        yield _("in your district")
    if offer.is_lottery:
        yield _("lottery")
    if offer.group_id:
        yield offer.group.name
    yield _("%(left)s left") % {"left": whole(offer.stock_left)} if offer.stock_left else _("sold out")


def _reach(offer: Any) -> tuple[str, str]:
    """The badge of an offer, and what it says."""
    if not offer.eligible:
        return "neutral", _("from level %(number)s") % {"number": offer.min_level_id}
    if offer.affordable:
        return "accepted", _("within reach")
    return "neutral", _("save up") if offer.stock_left else _("sold out")
