"""The catalogue of levels and achievements, for the city's staff; what people reached is looked at only."""

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Achievement, AchievementEarned, Level, Standing
from activities.models import Scenario
from config.staff_admin import ReadOnly


class LevelForm(forms.ModelForm):
    class Meta:
        model = Level
        fields = ["number", "name_zh", "name_en", "icon", "min_reduction_mg"]

    def clean(self) -> dict[str, Any]:
        """Every level asks for at least as large a step as the one before, so that long ways do not take all."""
        cleaned = super().clean() or self.cleaned_data
        number, asked = cleaned.get("number") or self.instance.number, cleaned.get("min_reduction_mg")
        if number and asked:
            others = Level.objects.exclude(number=number).values_list("number", "min_reduction_mg")
            ladder = [0, *(least for _number, least in sorted([*others, (number, asked)]))]
            steps = [higher - lower for lower, higher in pairwise(ladder)]
            if steps[0] <= 0 or steps != sorted(steps):
                raise ValidationError(_("Every level asks for a step at least as large as the one before it."))
        return cleaned


@admin.register(Level)
class LevelAdmin(admin.ModelAdmin):
    form = LevelForm
    list_display = ["number", "name_zh", "name_en", "min_reduction_mg"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["number"] if obj else []


class AchievementForm(forms.ModelForm):
    scenario = forms.ChoiceField(label=_("scenario"), required=False)

    class Meta:
        model = Achievement
        fields = ["code", "name_zh", "name_en", "description_zh", "description_en", "icon", "position", "active"]
        fields += ["measure", "scenario", "threshold", "once"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scenario" in self.fields:
            known = [(scenario.code, str(scenario)) for scenario in Scenario.objects.order_by("position")]
            self.fields["scenario"] = forms.ChoiceField(
                label=_("scenario"), required=False, choices=[("", _("all")), *known]
            )


@admin.register(Achievement)
class AchievementAdmin(admin.ModelAdmin):
    """A rule that somebody fulfilled stays as it is: what was earned keeps its meaning. Switch it off instead."""

    form = AchievementForm
    list_display = ["code", "name_zh", "name_en", "measure", "scenario", "threshold", "once", "active"]
    list_filter = ["active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        earned = obj and AchievementEarned.objects.filter(achievement=obj).exists()
        return ["code", "measure", "scenario", "threshold", "once"] if earned else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Standing)
class StandingAdmin(ReadOnly):
    list_display = ["month", "citizen_id", "level", "reduction_mg", "updated_at"]
    list_select_related = ["level"]
    list_filter = ["month"]
    search_fields = ["citizen_id"]
