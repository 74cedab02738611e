"""What became of gifts: trees that were planted, donations that were handed over."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from config.problems import Problem
from rewards import donations, evidence, trees
from rewards.models import Handover, Planting
from rewards.refusals import GiftsNotGiven, PhotoUnfit


class EvidenceForm(forms.ModelForm):
    def clean_photo(self) -> Any:
        photo = self.cleaned_data["photo"]
        try:
            evidence.picture_type(photo.read(evidence.BEGIN_BYTES))
        except PhotoUnfit as problem:
            raise ValidationError(problem.title) from None
        photo.seek(0)
        return photo


class HandoverForm(EvidenceForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        offer, gifts = cleaned.get("offer"), cleaned.get("gifts")
        if offer and gifts and donations.waiting(offer).count() < gifts:
            self.add_error("gifts", GiftsNotGiven.title)
        return cleaned


class EvidenceAdmin(admin.ModelAdmin):
    """Evidence is added, never changed."""

    form = EvidenceForm
    record: Callable[[Any, Any], object]
    """Writes a piece of evidence down with its photo."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        try:
            self.record(obj, form.cleaned_data["photo"])
        except Problem as problem:  # given otherwise since the form was checked
            self.message_user(request, str(problem.title), messages.ERROR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Planting)
class PlantingAdmin(EvidenceAdmin):
    list_display = ["planted_on", "offer", "trees", "place_zh", "certificate"]
    record = staticmethod(trees.record)


@admin.register(Handover)
class HandoverAdmin(EvidenceAdmin):
    list_display = ["received_on", "offer", "gifts", "amount_fen", "receipt"]
    form = HandoverForm
    record = staticmethod(donations.record)
