"""The city's sum of a running day, for everybody: as it stood when ten further people had brought something.

A sum that moves with every report would show, by its steps, what single people did. So it moves only with
`anonymity.K` people more, and is rounded down to two digits: days added up must not give away what the month hides.
"""

from datetime import date, timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from activities.models import DailyTotal
from dashboard.city import anonymity
from dashboard.models import CityDay

DAYS = 2
"""Today and yesterday: operators report up to some days late, the first of them counts most."""


def count(today: date) -> None:
    """Add the last days up, and show what enough people have moved. Reads a row of everybody; may run twice."""
    for back in range(DAYS):
        _count(today - timedelta(days=back))


def _count(day: date) -> None:
    brought = DailyTotal.objects.filter(city_day=day, reduction_mg__gt=0).aggregate(
        citizens=Count("citizen_id", distinct=True), sum_mg=Sum("reduction_mg", default=0)
    )
    citizens = brought["citizens"]
    if citizens < anonymity.K:
        return
    shown = {
        "citizens": citizens,
        "reduction_mg": round_down(int(brought["sum_mg"])),
        "counted_at": timezone.now(),
    }
    moved = CityDay.objects.filter(day=day, citizens__lte=citizens - anonymity.K).update(**shown)
    if not moved:
        CityDay.objects.get_or_create(day=day, defaults=shown)


def round_down(amount_mg: int) -> int:
    """The first two digits, and zeros. Pure."""
    step = 10 ** max(0, len(str(amount_mg)) - 2)
    return amount_mg // step * step


def latest(today: date) -> CityDay | None:
    """Today or yesterday, as shown last. One query."""
    return CityDay.objects.filter(day__gt=today - timedelta(days=DAYS), day__lte=today).order_by("-day").first()
