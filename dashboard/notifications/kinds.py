"""The kinds of notices: how each is worded, where it leads, and by which channels it goes if nobody says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from config.languages import reads_english
from config.templatetags.interface import city_moment, whole
from dashboard.notifications.models import Channel
from dashboard.periods import Step
from dashboard.templatetags.amounts import bar_name, day_name

BOTH = frozenset({Channel.EMAIL, Channel.PUSH})
NONE: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """`title` and `text` are lazy templates over the notice's facts; `page` is a URL's name, `subject` its argument."""

    code: str
    label: Any
    title: Any
    text: Any
    page: str
    subject: str = ""
    channels: frozenset[Channel] = BOTH


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in the reader's language."""

    title: str
    text: str
    url: str


KINDS = {
    kind.code: kind
    for kind in [
        Kind(
            "voucher_expiring",
            _("A voucher is about to expire"),
            _("Your voucher is valid until %(until)s"),
            _("“%(offer)s” at %(merchant)s: use it before then, or cancel it and get your points back."),
            "voucher",
            "redemption",
        ),
        Kind(
            "voucher_expired",
            _("A voucher has expired"),
            _("A voucher has expired"),
            _("“%(offer)s” was not used in time. The page says what became of its points."),
            "voucher",
            "redemption",
            frozenset({Channel.EMAIL}),
        ),
        Kind(
            "voucher_used",
            _("A voucher was used"),
            _("“%(offer)s” was used"),
            _("Confirmed by %(merchant)s on %(used)s. If that was not you, tell the shop or the city."),
            "voucher",
            "redemption",
            frozenset({Channel.PUSH}),
        ),
        Kind(
            "voucher_refunded",
            _("A voucher was refunded"),
            ngettext_lazy("%(points)s point came back", "%(points)s points came back", "count"),
            _("%(merchant)s refunded “%(offer)s”. The page says why."),
            "voucher",
            "redemption",
        ),
        Kind(
            "tree_planted",
            _("A tree I gave for was planted"),
            _("Your tree was planted"),
            _("%(species)s, %(place)s, %(day)s. Its page has the photo and the certificate."),
            "voucher",
            "redemption",
        ),
        Kind(
            "gift_arrived",
            _("A donation of mine arrived"),
            _("Your gift has arrived at %(cause)s"),
            _("%(use)s Its page has the photo and the receipt."),
            "voucher",
            "redemption",
        ),
        Kind(
            "points_expiring",
            _("Points are about to expire"),
            ngettext_lazy("%(points)s point expires on %(day)s", "%(points)s points expire on %(day)s", "count"),
            _("Points that are spent or saved in a voucher before that day are not lost."),
            "offers",
        ),
        Kind(
            "draw_won",
            _("I won a draw"),
            _("You won: “%(offer)s”"),
            _("The prize is among your vouchers."),
            "voucher",
            "redemption",
        ),
        Kind(
            "draw_lost",
            _("I did not win a draw"),
            _("“%(offer)s” was drawn"),
            _("You did not win this time. The page shows how it was drawn, so that anybody can check it."),
            "voucher",
            "redemption",
            frozenset({Channel.EMAIL}),
        ),
        Kind(
            "achievement",
            _("I earned an achievement"),
            _("Earned in %(month)s: %(name)s"),
            _("It brings no points."),
            "achievements",
            channels=NONE,
        ),
        Kind(
            "level",
            _("I reached a level of the month"),
            _("Level of the month: %(name)s"),
            _("It opens the offers for this level until the end of next month."),
            "achievements",
            channels=NONE,
        ),
        Kind(
            "challenge_entered",
            _("A group of mine enters a challenge"),
            _("“%(team)s” takes part in “%(name)s”"),
            _("Other teams see its sum, never what you did. You can leave the group at any time."),
            "challenge",
            "challenge",
            NONE,
        ),
        Kind(
            "challenge_decided",
            _("A challenge is decided"),
            _("“%(name)s” has its final result"),
            _("See whether the goal was reached, and what you brought."),
            "challenge",
            "challenge",
        ),
        Kind(
            "export_ready",
            _("The copy of my data is ready"),
            _("The copy of your data is ready"),
            _("Download it before %(until)s: then it is deleted."),
            "privacy",
            channels=frozenset({Channel.EMAIL}),
        ),
        Kind(
            "question",
            _("A reviewer asks me something"),
            _("A question about one of your activities (%(day)s)"),
            _("A person looks at it and asks you something. It is decided when you have answered."),
            "activity",
            "activity",
        ),
        Kind(
            "decision",
            _("An activity was reviewed, or an appeal decided"),
            _("One of your activities was decided on (%(day)s)"),
            _("It was looked at by a person. The page of the activity says what counts now and why."),
            "activity",
            "activity",
        ),
        Kind(
            "correction",
            _("An entry was corrected"),
            _("An entry of %(day)s was corrected"),
            _("The partner or a corrected methodology changed what it is worth. Old and new entry both stay."),
            "activity",
            "activity",
            frozenset({Channel.EMAIL}),
        ),
        Kind(
            "partner_late",
            _("A linked partner is late"),
            _("Nothing from %(partner)s for %(days)s days"),
            _("Your rides are not lost: they count as soon as the partner reports them."),
            "links",
            channels=NONE,
        ),
        Kind(
            "link_renewal",
            _("A link must be renewed"),
            _("%(partner)s needs your consent again"),
            _("The partner has ended its permission. Until you link it again, nothing new is counted."),
            "links",
        ),
        Kind(
            "joined_group",
            _("Somebody joins a group of mine"),
            _("%(nickname)s joined “%(name)s”"),
            _("You can compare yourselves now."),
            "group",
            "group",
            NONE,
        ),
    ]
}


TOPICS = [
    (
        _("Vouchers, points and draws"),
        [
            "voucher_expiring",
            "voucher_expired",
            "voucher_used",
            "voucher_refunded",
            "points_expiring",
            "draw_won",
            "draw_lost",
            "tree_planted",
            "gift_arrived",
        ],
    ),
    (_("My records and links"), ["question", "decision", "correction", "partner_late", "link_renewal"]),
    (_("Groups and challenges"), ["joined_group", "challenge_entered", "challenge_decided"]),
    (_("Levels and achievements"), ["level", "achievement"]),
    (_("My data"), ["export_ready"]),
]
"""The kinds as they are set together; each is in one of them."""


def words(code: str, facts: Mapping[str, Any]) -> Words:
    """The notice in the language that is on.

    Facts ending in `_at` are instants, in `_on` days, in `_of` months, in `_zh` and `_en` names.
    """
    kind = KINDS[code]
    english = reads_english()
    values = dict(facts)
    for name, value in facts.items():
        if name.endswith("_at"):
            values[name.removesuffix("_at")] = city_moment(datetime.fromisoformat(value))
        elif name.endswith("_on"):
            values[name.removesuffix("_on")] = day_name(date.fromisoformat(value))
        elif name == "points":
            values[name], values["count"] = whole(value), value
        elif name.endswith("_of"):
            values[name.removesuffix("_of")] = bar_name(date.fromisoformat(value), Step.MONTH)
        elif name.endswith("_en" if english else "_zh"):
            values[name[:-3]] = value
    return Words(
        kind.title % values,
        kind.text % values,
        reverse(kind.page, args=[values[kind.subject]] if kind.subject else []),
    )
