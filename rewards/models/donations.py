from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id
from config.languages import in_readers_language
from rewards.models.offers import Offer


class Handover(models.Model):
    """What a public cause confirms to have received for gifts, and what it did with it. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    offer = models.ForeignKey(
        Offer, models.PROTECT, related_name="handovers", verbose_name=_("offer"), limit_choices_to={"kind": "donation"}
    )
    gifts = models.PositiveIntegerField(
        _("gifts"), help_text=_("How many; the oldest that were not handed over are meant.")
    )
    amount_fen = models.PositiveIntegerField(_("amount received (fen)"))
    received_on = models.DateField(_("received on"))
    use_zh = models.CharField(_("what was done with it (Chinese)"), max_length=200)
    use_en = models.CharField(_("what was done with it (English)"), max_length=200)
    photo = models.FileField(_("photo"), upload_to="handovers/", help_text=_("JPEG, PNG or WebP."))
    receipt = models.CharField(_("number of the receipt"), max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("handover of donations")
        verbose_name_plural = _("handovers of donations")
        constraints = [models.CheckConstraint(condition=Q(gifts__gt=0), name="handover_has_gifts")]

    def __str__(self) -> str:
        return self.receipt

    @property
    def use(self) -> str:
        return in_readers_language(self.use_zh, self.use_en)
