from django.db import models
from django.utils.translation import gettext_lazy as _

from config.secrecy import Encrypted


class SigningKey(models.Model):
    """An Ed25519 key that signs vouchers. The public half is published under its `kid`, also after it retired."""

    kid = models.CharField(max_length=8, primary_key=True)
    public_key = models.CharField(_("public key"), max_length=44, help_text=_("32 bytes, base64url."))
    private_key_encrypted = models.TextField(editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    private_key = Encrypted("private_key_encrypted")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("voucher key")
        verbose_name_plural = _("voucher keys")
        constraints = [
            models.UniqueConstraint(
                fields=["retired_at"],
                condition=models.Q(retired_at__isnull=True),
                nulls_distinct=False,
                name="one_voucher_key_signs",
            )
        ]

    def __str__(self) -> str:
        return self.kid
