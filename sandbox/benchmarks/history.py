"""A city with a past, made by the database in sets: people linked to one partner, and their earlier rides as booked.

Every table that intake touches is filled as intake would have filled it, with all indexes in place afterwards, so
that a measurement meets tables and indexes of their real size. Books are consistent: the audits hold.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial

from django.db import connection

from accounts.linking.models import Link, digest_subject
from accounts.models import Citizen, Consent, ConsentText
from activities.models import Activity, DailyTotal, Delivery, Event, Feed, Methodology, Reduction, Tally
from config import clock, copying, partitions
from ledger.models import Account, Chart, Code, Transfer
from ledger.posting import issuance_account
from sandbox.benchmarks import processes
from sandbox.benchmarks.full_city import indexes_later, insert, sql_key, sql_time_key

MG_PER_POINT = 10_000
RIDE_MG = 50_000
"""Each earlier ride is worth five whole points, so that nothing is carried."""


def open_people(feed: Feed, citizens: int) -> list[str]:
    """Citizens with a link, a wallet and a tally; return their subjects."""
    subjects = [str(number) for number in range(1, citizens + 1)]
    people = f"generate_series(1, {citizens}) AS n"
    text = ConsentText.objects.filter(partner=feed.partner).latest("version")
    insert(Citizen, people, id=sql_key("citizen", "n"), nickname="'n' || n", created_at="now()")
    insert(
        Consent,
        people,
        id=sql_key("consent", "n"),
        citizen_id=sql_key("citizen", "n"),
        text_id=str(text.pk),
        step="'given'",
        channel="'sandbox'",
        created_at="now()",
    )
    _link(feed, subjects)
    wallet = {
        "holder": sql_key("citizen", "n"),
        "code": str(Chart.CITIZEN.value),
        "balance": "0",
        "created_at": "now()",
    }
    insert(Account, people, id=sql_key("account", "n"), **wallet)
    insert(Tally, people, citizen_id=sql_key("citizen", "n"))
    return subjects


def _link(feed: Feed, subjects: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE subject (n serial, digest bytea)")
        digests = copying.binaries(digest_subject(feed.partner.code, subject) for subject in subjects)
        copying.copy(cursor, "subject (digest)", [digests])
    insert(
        Link,
        "subject",
        id=sql_key("link", "n"),
        citizen_id=sql_key("citizen", "n"),
        partner_id=str(feed.partner_id),
        subject_digest="digest",
        subject_encrypted="''",
        hint="''",
        consent_id=sql_key("consent", "n"),
        reads_from="timestamptz '2010-01-01'",
        linked_at="now()",
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE subject")


def add_days(feed: Feed, citizens: int, days: Sequence[date]) -> None:
    """One ride of everybody on each of the days, told on the next: logged like everything else, indexes afterwards.

    Two processes write every other day each.
    """
    partitions.ensure(first=min(days))
    issuance_account()
    _execute("SET maintenance_work_mem = '1GB'")
    with indexes_later(Activity, Event, Reduction, Transfer, DailyTotal):
        processes.wait([processes.fork(partial(_add_each, feed, citizens, own)) for own in (days[::2], days[1::2])])
        _execute("SET maintenance_work_mem = '1GB'")  # forking took a new connection
    earned = len(days) * RIDE_MG // MG_PER_POINT
    mg = len(days) * RIDE_MG
    _execute(f"UPDATE activities_tally SET reduction_mg = reduction_mg + {mg}, points = points + {earned}")  # noqa: S608  our own numbers
    _execute(f"UPDATE ledger_account SET balance = balance + {earned} WHERE code = {Chart.CITIZEN.value}")  # noqa: S608  our own numbers
    _execute("VACUUM ANALYZE")


def _add_each(feed: Feed, citizens: int, days: Iterable[date]) -> None:
    _execute("SET synchronous_commit = off")
    for day in days:
        _add_day(feed, citizens, day)


def _add_day(feed: Feed, citizens: int, day: date) -> None:
    people = f"generate_series(1, {citizens}) AS n"
    delivery = Delivery.objects.create(
        feed=feed,
        door=Delivery.Door.FILE,
        external_id=str(day),
        content_sha256=b"0" * 32,
        size_bytes=1,
        state=Delivery.State.DIGESTED,
    )
    version = Methodology.objects.filter(scenario__code="shared-bike", state="published").order_by("valid_from")[0]
    identity, citizen = sql_time_key(day + timedelta(days=1), "n"), sql_key("citizen", "n")
    start = f"'{clock.day_start(day).isoformat()}'::timestamptz + interval '8 hours' + n % 600 * interval '1 minute'"
    common = {"citizen_id": citizen, "scenario_id": str(version.scenario_id), "city_day": f"'{day}'::date"}
    told = {"citizen_id": citizen, "delivery_id": f"'{delivery.pk}'::uuid", "key": _hash(day)}
    insert(
        Activity,
        people,
        id=identity,
        link_id=sql_key("link", "n"),
        feed_id=str(feed.pk),
        started_at=start,
        ended_at=f"{start} + interval '15 minutes'",
        distance_m="1500",
        distance_basis="'reported'",
        status="'accepted'",
        **{**common, **told},
    )
    insert(Event, people, id=identity, activity_id=identity, content_digest="'\\x00'::bytea", **told)
    amounts = {"reduction_mg": str(RIDE_MG), "points": str(RIDE_MG // MG_PER_POINT)}
    booked = {"activity_id": identity, "methodology_id": str(version.pk), "carried_mg": "0"}
    insert(
        Reduction,
        people,
        id=identity,
        mg_per_point=str(MG_PER_POINT),
        distance_m="1500",
        **{**booked, **amounts, **common},
    )
    insert(
        Transfer,
        people,
        id=identity,
        debit_account_id=f"'{issuance_account()}'::uuid",
        credit_account_id=sql_key("account", "n"),
        amount=amounts["points"],
        code=str(Code.AWARD.value),
        reference=identity,
    )
    insert(DailyTotal, people, activities="1", distance_m="1500", **{**amounts, **common})


def _hash(day: date) -> str:
    """Spread over the whole index, as digests are."""
    return f"md5('{day}-' || n)::uuid"


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
