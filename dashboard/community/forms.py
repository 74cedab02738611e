"""What people type about their groups."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import groups
from accounts.models import Group


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
