"""Who uses the platform: sign-ins, carbon accounts, districts, and words that a nickname may not hold."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id
from config.languages import in_readers_language


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
        return in_readers_language(self.name_zh, self.name_en)


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
        corners = [complex(*map(float, pair.split(","))) for pair in self.outline.split()]
        if not corners:
            return None
        edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
        areas = [one.real * other.imag - other.real * one.imag for one, other in edges]
        middle = sum((one + other) * area for (one, other), area in zip(edges, areas, strict=True)) / (3 * sum(areas))
        return round(middle.real), round(middle.imag)


class Citizen(models.Model):
    """A personal carbon account. `id` is the opaque holder that all books use; erasing the person keeps it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="citizen")
    nickname = models.CharField(max_length=20, blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True)
    ranked = models.BooleanField(_("shown in ranks"), default=False)
    language = models.CharField(
        max_length=10, blank=True, db_default="", help_text=_("The one last chosen; messages are written in it.")
    )
    weekly_goal_mg = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("The citizen's own goal (mg)."))
    age_confirmed_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When the person said to be 14 or older. No date of birth is kept.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
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

    @property
    def leaves_at(self) -> datetime | None:
        """When the account ends, where that was asked for and not called off."""
        departure = getattr(self, "departure", None)
        return departure.due_at if departure and departure.done_at is None else None


class BlockedWord(models.Model):
    """What no nickname and no group name may contain."""

    word = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word
