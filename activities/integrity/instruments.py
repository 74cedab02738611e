"""Which accounts use which card, account or phone, by keyed digests: what the rule about shared means asks."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Count

from activities.models import Instrument
from config import clock

DAYS_OF_SHARED = """
    WITH fresh AS (SELECT DISTINCT kind, digest FROM activities_instrument WHERE created_at >= %(since)s),
    shared AS (
        SELECT kind, digest FROM activities_instrument JOIN fresh USING (kind, digest)
        GROUP BY kind, digest HAVING count(*) > %(more_than)s
    )
    SELECT DISTINCT a.citizen_id, a.city_day
    FROM shared JOIN activities_instrument u USING (kind, digest)
    JOIN activities_activity a ON a.citizen_id = u.citizen_id AND a.started_at >= %(begins_at)s
        AND CASE shared.kind WHEN 'payer' THEN a.payer ELSE a.device END = shared.digest
    ORDER BY 1, 2"""

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
    with connection.cursor() as cursor:
        begins_at = clock.day_start(first_day)
        cursor.execute(DAYS_OF_SHARED, {"since": since, "more_than": more_than, "begins_at": begins_at})
        return cursor.fetchall()
