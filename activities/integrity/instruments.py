"""Which accounts use which card or device, by keyed digests: what the rule about shared means asks."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from django.db.models import Count

from activities.models import Activity, Instrument

Use = tuple[str, int, UUID]
"""Kind, digest, citizen."""


def note(cursor: CursorWrapper, uses: Iterable[Use]) -> None:
    """Remember uses, in one order; what is known already costs a probe."""
    wanted = sorted(set(uses))
    if wanted:
        cursor.execute(
            "INSERT INTO activities_instrument (kind, digest, citizen_id)"
            " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::uuid[])"
            " ON CONFLICT (kind, digest, citizen_id) DO NOTHING",
            [list(column) for column in zip(*wanted, strict=True)],
        )


def count_accounts(kind: str, digests: Iterable[int]) -> dict[int, int]:
    """How many accounts have used each."""
    wanted = set(digests)
    if not wanted:
        return {}
    found = Instrument.objects.filter(kind=kind, digest__in=wanted).values_list("digest")
    return dict(found.annotate(accounts=Count("citizen_id")).order_by())


def days_to_judge(since: datetime, more_than: int, first_day: date) -> Sequence[tuple[UUID, date]]:
    """The citizen-days since `first_day` with an instrument that a further account began to use since `since`."""
    fresh = Instrument.objects.filter(created_at__gte=since).values_list("kind", "digest").distinct()
    days: set[tuple[UUID, date]] = set()
    for kind, digest in fresh:
        users = Instrument.objects.filter(kind=kind, digest=digest).values_list("citizen_id", flat=True)
        if len(users) > more_than:
            own = Activity.objects.filter(citizen_id__in=list(users), city_day__gte=first_day, **{kind: digest})
            days.update(own.values_list("citizen_id", "city_day"))
    return sorted(days)
