"""Who a citizen is, who the partners are, and what a citizen agreed to."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id
from config.secrecy import Encrypted


class User(AbstractUser):
    """A sign-in. Nobody types the username: sign-in is by a code sent to phone or e-mail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=36, unique=True, default=new_id, editable=False)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, unique=True, null=True, blank=True, help_text=_("E.164"))
    phone_verified = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.email or f"…{(self.phone or str(self.pk))[-4:]}"

    def get_short_name(self) -> str:
        return super().get_short_name() or str(self)


class Bilingual(models.Model):
    """A thing with a name in both languages of the city."""

    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class District(Bilingual):
    code = models.SlugField(unique=True)
    outline = models.TextField(
        blank=True, help_text=_("Corners on the city's map, a plane of 1000 by 700: x,y pairs as in an SVG polygon.")
    )

    class Meta:
        ordering = ["code"]

    @property
    def middle(self) -> tuple[int, int] | None:
        """Where its name stands on the map; None where it has no outline."""
        corners = [tuple(map(float, pair.split(","))) for pair in self.outline.split()]
        if not corners:
            return None
        return tuple(round(sum(axis) / len(corners)) for axis in zip(*corners, strict=True))


class Citizen(models.Model):
    """A personal carbon account. `id` is the opaque holder that all books use; erasing the person keeps it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="citizen")
    nickname = models.CharField(max_length=20, blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True)
    ranked = models.BooleanField(_("shown in ranks"), default=False)
    weekly_goal_mg = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("The citizen's own goal (mg)."))
    age_confirmed_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When the person said to be 14 or older. No date of birth is kept.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(user__isnull=True, nickname="", ranked=False),
                name="erased_citizen_has_no_person",
            ),
            models.CheckConstraint(condition=Q(ranked=False) | ~Q(nickname=""), name="ranked_citizen_has_nickname"),
            models.CheckConstraint(condition=Q(weekly_goal_mg__gt=0), name="weekly_goal_positive"),
        ]

    def __str__(self) -> str:
        return self.nickname or f"…{str(self.pk)[-6:]}"


class Partner(Bilingual):
    """An organisation whose accounts citizens link: an OpenID Connect issuer that reports activities."""

    class Kind(models.TextChoices):
        BIKE = "bike", _("bike-share")
        TRANSIT = "transit", _("public transport")
        BANK = "bank", _("bank card")
        HEALTH = "health", _("steps")

    code = models.SlugField(unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    active = models.BooleanField(default=True, help_text=_("Whether it can be linked and may deliver."))
    issuer_url = models.URLField(blank=True, help_text=_("OpenID Connect issuer; empty where there is no linking."))
    client_id = models.CharField(max_length=191, blank=True)
    client_secret_encrypted = models.TextField(blank=True, editable=False)
    scope = models.CharField(max_length=200, default="openid")

    client_secret = Encrypted("client_secret_encrypted")

    class Meta:
        ordering = ["code"]

    @property
    def linkable(self) -> bool:
        return self.active and bool(self.issuer_url)


class ConsentText(models.Model):
    """What a citizen is asked: one text per partner and version, never changed once it was agreed to."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="consent_texts")
    version = models.PositiveIntegerField()
    reads_zh = models.TextField(_("what is read (Chinese)"))
    reads_en = models.TextField(_("what is read (English)"))
    purpose_zh = models.TextField(_("why (Chinese)"))
    purpose_en = models.TextField(_("why (English)"))
    retention_zh = models.TextField(_("for how long (Chinese)"))
    retention_en = models.TextField(_("for how long (English)"))
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["partner", "-version"]
        constraints = [models.UniqueConstraint(fields=["partner", "version"], name="one_consent_text_per_version")]

    def __str__(self) -> str:
        return f"{self.partner.code} v{self.version}"

    def read(self, part: str) -> str:
        """`reads`, `purpose` or `retention` in the reader's language."""
        language = "en" if (get_language() or "").startswith("en") else "zh"
        return str(getattr(self, f"{part}_{language}"))

    @property
    def reads(self) -> str:
        return self.read("reads")

    @property
    def purpose(self) -> str:
        return self.read("purpose")

    @property
    def retention(self) -> str:
        return self.read("retention")


class Consent(models.Model):
    """One step in the history of a consent: given or withdrawn. Append-only."""

    class Step(models.TextChoices):
        GIVEN = "given", pgettext_lazy("consent", "given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Channel(models.TextChoices):
        WEB = "web", _("web")
        APP = "app", _("app")
        STAFF = "staff", _("staff")
        SANDBOX = "sandbox", _("sandbox")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    text = models.ForeignKey(ConsentText, models.PROTECT)
    step = models.CharField(max_length=9, choices=Step.choices)
    channel = models.CharField(max_length=7, choices=Channel.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["citizen_id", "created_at"], name="consent_of_citizen")]

    def __str__(self) -> str:
        return f"{self.text} {self.step}"


class BlockedWord(models.Model):
    """What no nickname and no group name may contain."""

    word = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word


class Group(models.Model):
    """People who compare and do things together: those who know each other, or those of a company or school."""

    class Kind(models.TextChoices):
        FRIENDS = "friends", _("friends and family")
        TEAM = "team", _("team")
        COMPANY = "company", _("company")
        SCHOOL = "school", _("school")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=30)
    code = models.CharField(max_length=8, unique=True, null=True, help_text=_("Lets people in by typing; empty: off."))
    reported_at = models.DateTimeField(null=True, help_text=_("A member finds the name unfit."))
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        KEEPER = "keeper", _("keeper: invites and removes people")
        MEMBER = "member", _("member")

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "citizen"], name="one_membership_per_person"),
            models.UniqueConstraint(fields=["group"], condition=Q(role="owner"), name="one_owner_per_group"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.role}"

    @property
    def may_manage(self) -> bool:
        return self.role in {self.Role.OWNER, self.Role.KEEPER}


class Invite(models.Model):
    """A link that lets people into a group until it expires or is taken back; the token itself is not kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, models.CASCADE, related_name="invites")
    token_digest = models.BinaryField(max_length=16, unique=True)
    made_by = models.ForeignKey(Citizen, models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invite to {self.group}"


class Export(models.Model):
    """A copy of everything held about a citizen, made by the worker and kept for a few days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="exports")
    percent = models.PositiveSmallIntegerField(default=0)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["citizen"], condition=Q(ready_at__isnull=True), name="one_export_in_the_making"
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.created_at:%Y-%m-%d}"


class Departure(models.Model):
    """A citizen wants the account deleted; until `due_at` they can change their mind."""

    citizen = models.OneToOneField(Citizen, models.CASCADE, primary_key=True, related_name="departure")
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="departure_due")]

    def __str__(self) -> str:
        return f"leaves on {self.due_at:%Y-%m-%d}"


class Icon(models.TextChoices):
    """Pictures of levels and achievements, as the interface's sprite names them."""

    SPROUT = "sprout", _("sprout")
    SEEDLING = "seedling", _("seedling")
    SAPLING = "sapling", _("sapling")
    TREE = "tree", pgettext_lazy("picture", "tree")
    GROVE = "grove", _("grove")
    MEDAL = "medal", _("medal")
    COMPASS = "compass", _("compass")
    CALENDAR = "calendar", _("calendar")
    LEAF = "leaf", _("leaf")
    BIKE = "bike", _("bike")
    METRO = "metro", _("metro")
    BUS = "bus", _("bus")
    WALK = "walk", _("walking")
    RECYCLE = "recycle", _("recycling")


class Level(Bilingual):
    """What a month's reduction amounts to. Each level asks for a larger step than the one before (see README)."""

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    min_reduction_mg = models.PositiveBigIntegerField(
        _("from (mg)"), unique=True, help_text=_("The reduction of one month from which it is reached (mg).")
    )
    icon = models.CharField(_("icon"), max_length=10, choices=Icon.choices, default=Icon.LEAF)

    class Meta:
        ordering = ["number"]
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        constraints = [
            models.CheckConstraint(condition=Q(number__range=(1, 20)), name="level_number_in_bounds"),
            models.CheckConstraint(condition=Q(min_reduction_mg__range=(1, 10**10)), name="level_asks_for_something"),
        ]


class Standing(models.Model):
    """The level a citizen's reduction of one month gives. Written from the books until the month is closed."""

    id = models.BigAutoField(primary_key=True)
    citizen_id = models.UUIDField()
    month = models.DateField(_("month"), help_text=_("Its first day."))
    level = models.ForeignKey(
        Level, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("level")
    )
    reduction_mg = models.BigIntegerField(_("reduction (mg)"))
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-month", "citizen_id"]
        verbose_name = _("level of a month")
        verbose_name_plural = _("levels of months")
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "month"], name="one_standing_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="standing_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.level_id}"


class Achievement(Bilingual):
    """Something to be proud of, by a rule that counts what was reduced: never points, never ranks.

    `threshold` is in mg, days, scenarios or activities, by `measure`, all within one month.
    """

    class Measure(models.TextChoices):
        REDUCTION = "reduction", _("reduction of the month (mg)")
        DAYS = "days", _("days of the month with an accepted activity")
        SCENARIOS = "scenarios", _("different scenarios in the month")
        ACTIVITIES = "activities", _("accepted activities in the month")

    code = models.SlugField(unique=True)
    description_zh = models.CharField(_("description (Chinese)"), max_length=200)
    description_en = models.CharField(_("description (English)"), max_length=200)
    icon = models.CharField(_("icon"), max_length=10, choices=Icon.choices, default=Icon.MEDAL)
    measure = models.CharField(_("measure"), max_length=10, choices=Measure.choices)
    scenario = models.SlugField(_("scenario"), blank=True, help_text=_("Counts this scenario only; empty: all."))
    threshold = models.PositiveBigIntegerField(pgettext_lazy("threshold", "from"))
    once = models.BooleanField(_("once only"), default=False, help_text=_("Else it can be earned anew every month."))
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        constraints = [
            models.CheckConstraint(
                condition=Q(measure="reduction", threshold__range=(1, 10**10))
                | Q(measure="days", threshold__range=(1, 31))
                | Q(measure="scenarios", threshold__range=(2, 50), scenario="")
                | Q(measure="activities", threshold__range=(1, 1000)),
                name="achievement_rule_in_bounds",
            ),
        ]

    @property
    def description(self) -> str:
        return self.description_en if (get_language() or "").startswith("en") else self.description_zh


class AchievementEarned(models.Model):
    """An achievement of a citizen, and the month in which it was earned."""

    id = models.BigAutoField(primary_key=True)
    citizen_id = models.UUIDField()
    achievement = models.ForeignKey(Achievement, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    once = models.BooleanField(help_text=_("As the rule said when it was earned."))
    earned_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["month"], name="earned_in_month")]
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "achievement", "month"], name="earned_once_a_month"),
            models.UniqueConstraint(fields=["citizen_id", "achievement"], condition=Q(once=True), name="earned_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="earned_in_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.achievement} {self.month:%Y-%m}"
