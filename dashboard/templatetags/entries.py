"""The rows of a list of entries, written here: a template takes five times as long for each."""

from collections.abc import Iterable, Mapping

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from activities.models import Activity
from config.templatetags.interface import icon
from dashboard.entries import Entry
from dashboard.links import linked
from dashboard.links.linked import FeedNews
from dashboard.templatetags.amounts import distance, earned, entry_moment, mass, status_name

register = template.Library()


@register.simple_tag
def entry_rows(entries: Iterable[Entry]) -> SafeString:
    """A row an entry: what it was, how far, when and from whom; what it brought, or where it stands."""
    feeds = linked.feeds()
    return mark_safe("\n".join(_row(entry, feeds) for entry in entries))  # noqa: S308  each part is escaped below


def _row(entry: Entry, feeds: Mapping[int, FeedNews]) -> str:
    activity, scene = entry.activity, entry.scene
    news = feeds.get(activity.feed_id)
    partner = news.operator.name if news else activity.feed.partner.name  # a feed that has just been made
    tint, drawn, name = (scene.tint, icon(scene.icon), escape(scene.name)) if scene else (1, "", "")
    return (
        f'<li><a class="list-item" href="{reverse("activity", args=[activity.pk])}">'
        f'<span class="chip tint-{tint}">{drawn}</span>'
        f'<span class="grow"><strong>{name}</strong>{_length(activity)}<br>'
        f'<span class="muted small"><span class="nowrap">{entry_moment(activity)}</span>'
        f" · {escape(partner)}</span></span>"
        f'<span class="end">{_outcome(entry)}</span></a></li>'
    )


def _length(activity: Activity) -> str:
    if activity.distance_m is None:
        return ""
    return f' <span class="muted small nowrap">{distance(activity.distance_m)}</span>'


def _outcome(entry: Entry) -> str:
    if entry.reduction is None:
        status = entry.activity.status
        return f'<span class="badge {status}">{escape(status_name(status))}</span>'
    brought = earned(entry.points) if entry.points else pgettext("grams", "carried over")
    return (
        f'<strong class="nowrap">{mass(entry.reduction.reduction_mg)}</strong><br>'
        f'<span class="muted small nowrap">{escape(brought)}</span>'
    )
