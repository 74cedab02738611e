"""What people type about their groups and challenges."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import groups
from accounts.models import Group, Membership
from dashboard.community import challenges


class GroupForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the group"),
        max_length=groups.NAME_MAX,
        help_text=_("2 to 30 characters. Everybody who is invited can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("What kind of group"), choices=Group.Kind.choices)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code of a company or school"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class EnterForm(forms.Form):
    """With which of the groups that the citizen keeps: `team` is the membership."""

    def __init__(self, *args: Any, kept: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {str(own.pk): own for own in kept}
        names = [(key, own.group.name) for key, own in known.items()]
        self.fields["team"] = forms.TypedChoiceField(label=_("With which group"), choices=names, coerce=known.get)
        self.order_fields(self.field_order)


class ChallengeForm(EnterForm):
    name = forms.CharField(
        label=_("Name of the challenge"),
        max_length=groups.NAME_MAX,
        help_text=_("Everybody in the teams can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    goal_kg = forms.IntegerField(
        label=_("Common goal (kg of CO2e)"),
        min_value=1,
        max_value=challenges.GOAL_MAX_MG // 1_000_000,
        help_text=_("What all teams reach together."),
    )
    field_order = ["name", "team", "starts_on", "ends_on", "goal_kg"]


class EnterCodeForm(EnterForm):
    code = forms.CharField(
        label=_("Code of the challenge"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ["code", "team"]
