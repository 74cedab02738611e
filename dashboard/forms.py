"""How a citizen is shown to others."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen, District


class ProfileForm(forms.Form):
    nickname = forms.CharField(
        label=_("Nickname"),
        required=False,
        max_length=20,
        help_text=_("2 to 20 characters. Not your real name: everybody in the ranks can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    district = forms.ModelChoiceField(
        label=_("District"), required=False, queryset=District.objects.all(), empty_label=_("Rather not say")
    )
    ranked = forms.BooleanField(
        label=_("Show me in the ranks"),
        required=False,
        help_text=_("Others then see your nickname and your reduction, nothing else. You can leave at any time."),
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
