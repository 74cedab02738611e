"""How a citizen wants to be told, as a form: a switch for every kind and channel of this city, and the quiet hours."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.notifications import push, wishes
from dashboard.notifications.kinds import KINDS, TOPICS
from dashboard.notifications.models import Channel

SWITCH = {"class": "switch", "role": "switch"}
AN_HOUR = _("Name a time of day, such as 21:00.")


def _hour(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, error_messages={"invalid": AN_HOUR, "required": AN_HOUR})


class WishesForm(forms.Form):
    quiet_from = _hour(_("Quiet from"))
    quiet_to = _hour(_("Quiet until"))

    def __init__(self, citizen_id: UUID, data: Any = None) -> None:
        manner = wishes.manner(citizen_id)
        self.offered = [channel for channel in Channel if channel != Channel.PUSH or push.is_set_up()]
        super().__init__(data, label_suffix="", initial={"quiet_from": manner.quiet_from, "quiet_to": manner.quiet_to})
        for (kind, channel), yes in wishes.wanted(citizen_id).items():
            if channel not in self.offered:
                continue
            label = Channel(channel).label
            switch = forms.CheckboxInput(attrs=SWITCH)
            name = f"{kind}.{channel}"
            self.fields[name] = forms.BooleanField(label=label, required=False, initial=yes, widget=switch)

    @property
    def channels(self) -> list[Any]:
        """The heads of the switches."""
        return [channel.label for channel in self.offered]

    def topics(self) -> list[tuple[Any, list[tuple[Any, list[forms.BoundField]]]]]:
        """Each topic with its kinds' labels and their switches, for the page."""
        return [
            (topic, [(KINDS[code].label, [self[f"{code}.{channel}"] for channel in self.offered]) for code in codes])
            for topic, codes in TOPICS
        ]

    def table(self) -> dict[tuple[str, str], bool]:
        return {
            (kind, channel.value): self.cleaned_data[f"{kind}.{channel}"] for kind in KINDS for channel in self.offered
        }
