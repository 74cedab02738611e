from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Group, Level
from config.identifiers import new_id
from config.languages import in_readers_language
from ledger.models import Programme
from rewards.models.merchants import Merchant


class Offer(models.Model):
    """A reward at a price in points, as long as the stock lasts."""

    class Kind(models.TextChoices):
        COUPON = "coupon", _("coupon")
        GOODS = "goods", _("goods")
        TRANSIT = "transit", _("transit pass")
        DONATION = "donation", _("donation")
        TREE = "tree", _("tree")

    class Allocation(models.TextChoices):
        FIRST_COME = "first_come", _("first come, first served")
        LOTTERY = "lottery", _("lottery")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("proposed by the merchant")
        RETURNED = "returned", _("returned by the city")
        PUBLISHED = "published", _("published")
        PAUSED = "paused", _("paused")
        ENDED = "ended", _("ended")

    class Funder(models.TextChoices):
        CITY = "city", pgettext_lazy("funder", "the city")
        MERCHANT = "merchant", _("the merchant")
        SPONSOR = "sponsor", _("a sponsor")

    GIVEN_AT_ONCE = (Kind.DONATION, Kind.TREE)
    """Kinds that nobody collects: redeeming them is giving, and there is no voucher to show."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="offers", verbose_name=_("merchant"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.COUPON)
    allocation = models.CharField(
        _("given to"), max_length=10, choices=Allocation.choices, default=Allocation.FIRST_COME
    )
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT, editable=False)
    title_zh = models.CharField(_("title (Chinese)"), max_length=80)
    title_en = models.CharField(_("title (English)"), max_length=80)
    description_zh = models.TextField(_("description (Chinese)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    price_points = models.PositiveIntegerField(_("price (points)"))
    value_fen = models.PositiveIntegerField(
        _("value (fen)"), default=0, help_text=_("What the merchant is paid for one (fen).")
    )
    funder = models.CharField(_("paid by"), max_length=8, choices=Funder.choices, default=Funder.CITY)
    sponsor = models.CharField(_("name of the sponsor"), max_length=80, blank=True)
    sponsor_en = models.CharField(
        _("name of the sponsor (English)"),
        max_length=80,
        blank=True,
        db_default="",
        help_text=_("Empty: the same name in both languages."),
    )
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("programme of the sponsor"),
        help_text=_("Who is asked for the money."),
    )
    stock_total = models.PositiveIntegerField(_("stock"))
    stock_left = models.IntegerField(_("left"))
    day_limit = models.PositiveIntegerField(_("limit per day"), null=True, blank=True)
    person_limit = models.PositiveIntegerField(_("limit per person"), null=True, blank=True)
    district_limit = models.PositiveIntegerField(_("limit per district"), null=True, blank=True)
    min_level = models.ForeignKey(
        Level,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("from level"),
        help_text=_("The better level of this month and of the last one counts."),
    )
    # a group may end while an offer names it: then nobody is a member, and nobody may have it
    group = models.ForeignKey(
        Group,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("only for members of"),
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    voucher_days = models.PositiveIntegerField(
        _("days of a voucher"), default=30, help_text=_("How long a voucher is valid (days).")
    )
    rotating = models.BooleanField(
        _("rotating code"), default=False, help_text=_("For valuable things: a code that changes every 30 seconds.")
    )
    pass_days = models.PositiveIntegerField(
        _("days of the pass"), null=True, blank=True, help_text=_("Transit passes: how long it runs once it is used.")
    )
    tree_shares = models.PositiveIntegerField(
        _("shares of a tree"), null=True, blank=True, help_text=_("Trees: how many redemptions plant one.")
    )

    class Meta:
        ordering = ["price_points", "id"]
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.CheckConstraint(condition=Q(price_points__gt=0), name="offer_price_positive"),
            # rewards_redeem() refuses first, by a conditional UPDATE
            models.CheckConstraint(
                condition=Q(stock_left__gte=0, stock_left__lte=F("stock_total")), name="offer_stock_not_oversold"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="offer_ends_after_start"),
            models.CheckConstraint(
                condition=(Q(day_limit__isnull=True) | Q(day_limit__gt=0))
                & (Q(person_limit__isnull=True) | Q(person_limit__gt=0))
                & (Q(district_limit__isnull=True) | Q(district_limit__gt=0)),
                name="offer_limits_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind="transit", pass_days__isnull=False, pass_days__gt=0)
                | (~Q(kind="transit") & Q(pass_days__isnull=True)),
                name="offer_pass_has_days",
            ),
            models.CheckConstraint(
                condition=Q(kind="tree", tree_shares__isnull=False, tree_shares__gt=0)
                | (~Q(kind="tree") & Q(tree_shares__isnull=True)),
                name="offer_tree_has_shares",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["donation", "tree"]) | Q(rotating=False, allocation="first_come"),
                name="offer_gift_is_given_at_once",
            ),
            # entries come from everywhere and on any day, and the draw asks neither
            models.CheckConstraint(
                condition=~Q(allocation="lottery") | Q(day_limit__isnull=True, district_limit__isnull=True),
                name="offer_lottery_has_no_shares",
            ),
            models.CheckConstraint(
                condition=Q(funder="sponsor") & ~Q(sponsor="") | ~Q(funder="sponsor") & Q(sponsor=""),
                name="offer_sponsor_has_name",
            ),
            models.CheckConstraint(condition=~Q(sponsor="") | Q(sponsor_en=""), name="offer_sponsor_has_name_in_both"),
            # offers of before may name their sponsor only
            models.CheckConstraint(
                condition=Q(programme__isnull=True) | Q(funder="sponsor"), name="offer_programme_is_of_a_sponsor"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_readers_language(self.title_zh, self.title_en)

    @property
    def description(self) -> str:
        return in_readers_language(self.description_zh, self.description_en)

    @property
    def sponsor_name(self) -> str:
        """The sponsor in the reader's language; empty where no sponsor pays."""
        return in_readers_language(self.sponsor, self.sponsor_en)

    @property
    def is_gift(self) -> bool:
        """Whether it is given to a public cause at once, without a voucher."""
        return self.kind in self.GIVEN_AT_ONCE

    @property
    def is_lottery(self) -> bool:
        return self.allocation == self.Allocation.LOTTERY

    @property
    def is_promised(self) -> bool:
        """Whether citizens may have relied on it: it was published once."""
        return self.state in (self.State.PUBLISHED, self.State.PAUSED, self.State.ENDED)


class OfferStep(models.Model):
    """A step in an offer's life: who moved it to which state, and why. Append-only."""

    offer = models.ForeignKey(Offer, models.DO_NOTHING, related_name="steps", db_constraint=False)
    state = models.CharField(_("state"), max_length=9, choices=Offer.State.choices)
    made_by = models.UUIDField(_("made by"), null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("step of an offer")
        verbose_name_plural = _("steps of an offer")

    def __str__(self) -> str:
        return f"{self.get_state_display()}"


class Taken(models.Model):
    """How many of an offer are taken on a day (`day:2026-11-22`) or in a district (`district:7`)."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="+")
    scope = models.CharField(max_length=24)
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "scope"], name="one_count_per_scope"),
            models.CheckConstraint(condition=Q(count__gte=0), name="taken_count_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"
