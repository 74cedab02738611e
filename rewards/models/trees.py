from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id
from config.languages import in_readers_language
from rewards.models.offers import Offer


class Planting(models.Model):
    """Evidence that trees were planted: where, when, a photo, a certificate. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="plantings", verbose_name=_("offer"))
    trees = models.PositiveIntegerField(_("trees"))
    planted_on = models.DateField(_("planted on"))
    species_zh = models.CharField(_("species (Chinese)"), max_length=40)
    species_en = models.CharField(_("species (English)"), max_length=40)
    place_zh = models.CharField(_("place (Chinese)"), max_length=80)
    place_en = models.CharField(_("place (English)"), max_length=80)
    latitude_e6 = models.IntegerField(_("latitude"), help_text=_("In millionths of a degree, WGS 84."))
    longitude_e6 = models.IntegerField(_("longitude"))
    photo = models.FileField(_("photo"), upload_to="plantings/", help_text=_("JPEG, PNG or WebP."))
    certificate = models.CharField(_("number of the certificate"), max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("planting")
        verbose_name_plural = _("plantings")
        constraints = [models.CheckConstraint(condition=Q(trees__gt=0), name="planting_has_trees")]

    def __str__(self) -> str:
        return self.certificate

    @property
    def species(self) -> str:
        return in_readers_language(self.species_zh, self.species_en)

    @property
    def place(self) -> str:
        return in_readers_language(self.place_zh, self.place_en)

    @property
    def position(self) -> str:
        """Latitude and longitude in degrees."""
        return f"{self.latitude_e6 / 1_000_000:.4f}, {self.longitude_e6 / 1_000_000:.4f}"
