"""What goes to one citizen by one channel as one message."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings

from accounts.models import Citizen
from dashboard.notifications.models import Dispatch, Notice


@dataclass(frozen=True, slots=True)
class Letter:
    citizen: Citizen
    dispatches: list[Dispatch]

    @property
    def notices(self) -> list[Notice]:
        return [dispatch.notice for dispatch in self.dispatches]

    @property
    def language(self) -> str:
        """The one that the citizen reads the pages in."""
        return self.citizen.language or settings.LANGUAGE_CODE


Send = Callable[[list[Letter]], Iterator[tuple[Letter, bool]]]
"""Sends many, and tells of each at once whether it went out. Raises OSError where there is nobody to take them."""
