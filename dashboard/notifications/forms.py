"""How a citizen wants to be told, as a form: a switch for every kind and channel, and the quiet hours."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.notifications import wishes
from dashboard.notifications.kinds import KINDS, TOPICS
from dashboard.notifications.models import Channel

SWITCH = {"class": "switch", "role": "switch"}


class WishesForm(forms.Form):
    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_to = forms.TimeField(label=_("Quiet until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, citizen_id: UUID, data: Any = None) -> None:
        manner = wishes.manner(citizen_id)
        super().__init__(data, label_suffix="", initial={"quiet_from": manner.quiet_from, "quiet_to": manner.quiet_to})
        for (kind, channel), yes in wishes.wanted(citizen_id).items():
            label = Channel(channel).label
            switch = forms.CheckboxInput(attrs=SWITCH)
            name = f"{kind}.{channel}"
            self.fields[name] = forms.BooleanField(label=label, required=False, initial=yes, widget=switch)

    channels = Channel.labels
    """The heads of the switches."""

    def topics(self) -> list[tuple[Any, list[tuple[Any, list[forms.BoundField]]]]]:
        """Each topic with its kinds' labels and their switches, for the page."""
        return [
            (topic, [(KINDS[code].label, [self[f"{code}.{channel}"] for channel in Channel]) for code in codes])
            for topic, codes in TOPICS
        ]

    def table(self) -> dict[tuple[str, str], bool]:
        return {(kind, channel.value): self.cleaned_data[f"{kind}.{channel}"] for kind in KINDS for channel in Channel}
