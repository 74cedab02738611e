"""Months of daily totals that have settled get an index that holds the sums.

A person's year lies on as many pages of the table as it has days with a ride: totals are written day by day for
everybody. With the sums in the index it lies on a dozen. While a month is written such an index would be as well, with
every ride; of a month that is over for a while hardly a row changes.
"""

from datetime import date, timedelta

from django.db import connection
from django.db.backends.utils import CursorWrapper

from activities.models import DailyTotal
from config import clock, partitions

SETTLED = timedelta(days=14)
"""Partners tell rides up to a week late; after twice that time a change is rare."""


def settle(today: date) -> list[str]:
    """Index the months that ended long enough ago; return the names of the indexes made.

    Nobody waits: rows are read and written meanwhile. May run twice, or die midway. Not within a transaction.
    """
    made = []
    with connection.cursor() as cursor:
        for part in partitions.parts(DailyTotal._meta.db_table):
            if part.first and clock.month_later(part.first, 1) + SETTLED <= today:
                name = f"{part.name}_sums"
                if not _is_valid(cursor, name):
                    _make(cursor, part.name, name)
                    made.append(name)
    return made


def _is_valid(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
    return cursor.fetchone() == (True,)


def _make(cursor: CursorWrapper, part: str, name: str) -> None:
    cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")  # what a run left that died
    cursor.execute(
        f"CREATE INDEX CONCURRENTLY {name} ON {part} (citizen_id, city_day)"
        " INCLUDE (scenario_id, activities, distance_m, reduction_mg, points)"
    )
    cursor.execute(f"VACUUM {part}")  # so that the index alone is read
