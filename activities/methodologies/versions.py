"""Which published version is in force when, and publishing one."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from activities.methodologies import families
from activities.models import Methodology


def publish(methodology: Methodology) -> Methodology:
    """Publish a draft from its `valid_from` on; from then on it never changes. Raises ParametersInvalid."""
    families.parse(methodology.family, methodology.parameters)
    with transaction.atomic():
        methodology.state, methodology.published_at = Methodology.State.PUBLISHED, timezone.now()
        methodology.save()
    return methodology


class Calendar:
    """The published versions, to look up which is in force at an instant. Read once a batch."""

    def __init__(self) -> None:
        self.versions: dict[int, list[Methodology]] = {}
        for version in Methodology.objects.filter(state=Methodology.State.PUBLISHED).order_by("-valid_from"):
            self.versions.setdefault(version.scenario_id, []).append(version)

    def in_force(self, scenario_id: int, at: datetime) -> Methodology | None:
        """The version with the latest start not after `at`; None where there is none."""
        for version in self.versions.get(scenario_id, []):
            if version.valid_from <= at:
                return version
        return None
