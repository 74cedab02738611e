"""Which city is shown, remembered between runs beside its database."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings

from accounts.models import User
from config import clock
from sandbox.demo.settlers import DEMO_EMAIL

SEED = 2022_03_04
"""The day of the article this platform began with."""


def folder() -> Path:
    path = Path(settings.VAR_DIR) / "demo"
    path.mkdir(parents=True, exist_ok=True)
    return path


@dataclass(frozen=True)
class Plan:
    seed: int
    citizens: int
    opened: str
    """The first day (ISO)."""
    delivered_until: str
    """The last day whose files are in; the day before `opened` at first."""

    @property
    def first_day(self) -> date:
        return date.fromisoformat(self.opened)

    @property
    def next_day(self) -> date:
        """The first day whose files are still to be delivered."""
        return date.fromisoformat(self.delivered_until) + timedelta(days=1)

    def delivered(self, until: date) -> "Plan":
        """The plan with that much more history, remembered."""
        plan = replace(self, delivered_until=until.isoformat())
        _path().write_text(json.dumps(asdict(plan), indent=1))
        return plan


class OtherCity(Exception):  # noqa: N818  it names what was found
    """The database holds a city of another size."""


def recall(citizens: int | None, days: int | None) -> Plan:
    """The city of the last run, or a new one. Raises OtherCity where the wishes do not fit what is there."""
    if not User.objects.filter(email=DEMO_EMAIL).exists():
        opened = clock.city_today() - timedelta(days=days or 90)
        before = opened - timedelta(days=1)
        return Plan(SEED, citizens or 3000, opened.isoformat(), before.isoformat()).delivered(before)
    if not _path().exists():
        raise OtherCity("The database holds a demo city, but what it is made of is forgotten. Use --fresh.")
    plan = Plan(**json.loads(_path().read_text()))
    if citizens not in (None, plan.citizens):
        raise OtherCity(f"The city has {plan.citizens} people already. Use --fresh to found another.")
    return plan


def _path() -> Path:
    return folder() / "city.json"
