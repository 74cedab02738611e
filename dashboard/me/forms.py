"""What a citizen changes about the account: how others see it, and the goal of a week."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen, District


class ProfileForm(forms.Form):
    nickname = forms.CharField(
        label=_("Nickname"),
        required=False,
        max_length=20,
        error_messages={"max_length": _("A nickname has 20 characters at most.")},
        help_text=_(
            "2 to 20 letters, digits, spaces or . · - _, at least one of them a letter or digit. "
            "Not your real name: everybody who opens the ranks can read it."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    district = forms.ModelChoiceField(
        label=_("District"),
        required=False,
        queryset=District.objects.all(),
        empty_label=_("Rather not say"),
        error_messages={"invalid_choice": _("Choose one of the districts, or rather not say.")},
    )
    ranked = forms.BooleanField(
        label=_("Show me in the ranks"),
        required=False,
        help_text=_(
            "Others then see your nickname with your reduction, your improvement and your green days. If you name your "
            "district, you also stand on its board, so that others see which district it is. You can leave at any time."
        ),
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
    )

    @classmethod
    def of(cls, citizen: Citizen, data: Any = None) -> "ProfileForm":
        """The form with what is on record."""
        return cls(
            data,
            label_suffix="",
            initial={"nickname": citizen.nickname, "district": citizen.district_id, "ranked": citizen.ranked},
        )


MG_PER_KG = 1_000_000
GOAL_BOUNDS = _("A goal for a week is 0.1 to 1,000 kilograms.")


class GoalForm(forms.Form):
    weekly_goal_kg = forms.DecimalField(
        label=_("My goal for a week, in kilograms"),
        required=False,
        min_value=Decimal("0.1"),
        max_value=Decimal(1000),
        max_digits=6,
        decimal_places=2,
        error_messages={
            **dict.fromkeys(["invalid", "min_value", "max_value", "max_digits", "max_whole_digits"], GOAL_BOUNDS),
            "max_decimal_places": _("A goal has two decimals at most, such as 2.25."),
        },
        help_text=_("Leave it empty for no goal. It is yours alone: nobody else sees it and nothing depends on it."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )

    @classmethod
    def of(cls, citizen: Citizen, data: Any = None) -> "GoalForm":
        """The form with the goal on record."""
        goal_mg = citizen.weekly_goal_mg
        initial = {"weekly_goal_kg": Decimal(goal_mg) / MG_PER_KG if goal_mg else None}
        return cls(data, label_suffix="", initial=initial)

    @property
    def weekly_goal_mg(self) -> int | None:
        goal_kg = self.cleaned_data["weekly_goal_kg"]
        return int(goal_kg * MG_PER_KG) if goal_kg is not None else None
