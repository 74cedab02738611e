"""What people type about their groups and challenges."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts import groups
from accounts.models import Group, Membership
from dashboard.community import challenges

NAME_LENGTH = _("Give it a name of 2 to 30 characters.")
CODE_AS_GIVEN = dict.fromkeys(["required", "max_length"], _("Enter the code as it was given to you, such as C7WK4X9M."))
A_DAY = dict.fromkeys(["required", "invalid"], _("Choose a day, such as 2026-05-01."))
GOAL_BOUNDS = _("A common goal is 1 to 1,000,000,000 kg, without decimals.")


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, str(capfirst(kind.label))) for kind in Group.Kind]


class GroupForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the group"),
        max_length=groups.NAME_MAX,
        error_messages=dict.fromkeys(["required", "max_length"], NAME_LENGTH),
        help_text=_("2 to 30 characters. Everybody who is invited can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("What kind of group"),
        choices=_kinds,
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Choose one of these kinds.")),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code of a company or school"),
        max_length=12,
        error_messages=CODE_AS_GIVEN,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class EnterForm(forms.Form):
    """With which of the groups that the citizen keeps: `team` is the membership."""

    def __init__(self, *args: Any, kept: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {str(own.pk): own for own in kept}
        names = [(key, own.group.name) for key, own in known.items()]
        self.fields["team"] = forms.TypedChoiceField(
            label=_("With which group"),
            choices=names,
            coerce=known.get,
            error_messages=dict.fromkeys(["required", "invalid_choice"], _("Choose one of the groups that you keep.")),
        )
        self.order_fields(self.field_order)


class ChallengeForm(EnterForm):
    name = forms.CharField(
        label=_("Name of the challenge"),
        max_length=groups.NAME_MAX,
        error_messages=dict.fromkeys(["required", "max_length"], NAME_LENGTH),
        help_text=_("Everybody in the teams can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts_on = forms.DateField(
        label=_("First day"), error_messages=A_DAY, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day"), error_messages=A_DAY, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    goal_kg = forms.IntegerField(
        label=_("Common goal (kg of CO2e)"),
        min_value=1,
        max_value=challenges.GOAL_MAX_MG // 1_000_000,
        error_messages=dict.fromkeys(["required", "invalid", "min_value", "max_value"], GOAL_BOUNDS),
        help_text=_("What all teams reach together."),
    )
    field_order = ["name", "team", "starts_on", "ends_on", "goal_kg"]


class EnterCodeForm(EnterForm):
    code = forms.CharField(
        label=_("Code of the challenge"),
        max_length=12,
        error_messages=CODE_AS_GIVEN,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ["code", "team"]
