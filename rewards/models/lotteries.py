from django.db import models
from django.utils.translation import gettext_lazy as _

from config.secrecy import Encrypted
from rewards.models.offers import Offer


class Lottery(models.Model):
    """The draw of an offer: a seed is committed to by its hash, the entries are frozen, then the seed is shown."""

    offer = models.OneToOneField(Offer, models.PROTECT, primary_key=True, related_name="lottery")
    seed_hash = models.CharField(_("hash of the seed"), max_length=64, help_text=_("SHA-256, published beforehand."))
    seed_encrypted = models.TextField(editable=False)
    committed_at = models.DateTimeField(_("committed"), auto_now_add=True)
    seed_shown = models.CharField(_("seed"), max_length=64, blank=True)
    entries = models.JSONField(_("entries"), default=list)
    winners = models.PositiveIntegerField(_("winners"), null=True)
    drawn_at = models.DateTimeField(_("drawn"), null=True)

    seed = Encrypted("seed_encrypted")

    class Meta:
        verbose_name = _("lottery")
        verbose_name_plural = _("lotteries")

    def __str__(self) -> str:
        return self.seed_hash[:8]
