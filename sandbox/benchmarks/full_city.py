"""A city of any size, made by the database itself: people with a year of activities, links, points.

Rows are written day by day, as a city's are, so that one person's lie far apart; secondary indexes are built
afterwards, as a restored database's would be. Events and transfers are left out: no page reads them.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from accounts.linking.models import Link
from accounts.models import Citizen, Consent, ConsentText, District, Partner, User
from activities import settling
from activities.models import Activity, DailyTotal, Delivery, Feed, Methodology, Reduction, Scenario, Tally
from config import clock, partitions
from ledger.models import Account, Chart
from rewards.models import Merchant, Offer

KINDS = ("citizen", "user", "consent", "link", "account")
DAY_MS = 86_400_000
OFFER = UUID("00000000-0000-7000-8000-0000000000ff")
OFFERS = 30
WRITERS = 2
DAYS_APART = 12
"""Between two activities of a person: thirty of them make a year."""


def key(kind: str, number: int) -> UUID:
    """The id of the `number`-th thing of a kind."""
    return UUID(f"{number:08x}-000{KINDS.index(kind)}-7000-8000-000000000000")


def sql_key(kind: str, number: str) -> str:
    """The same in SQL, for an expression."""
    return f"(lpad(to_hex({number}), 8, '0') || '-000{KINDS.index(kind)}-7000-8000-000000000000')::uuid"


def time_key(day: date, number: int) -> UUID:
    """The id of the `number`-th thing as it would be made on a day."""
    return UUID(f"{_day_ms(day) + number % DAY_MS:012x}70008{number:015x}")


def sql_time_key(day: date, number: str) -> str:
    """The same in SQL, for an expression."""
    made = f"lpad(to_hex({_day_ms(day)} + ({number}) % {DAY_MS}), 12, '0')"
    return f"({made} || '70008' || lpad(to_hex({number}), 15, '0'))::uuid"


def _day_ms(day: date) -> int:
    return int(clock.day_start(day).timestamp() * 1000)


def found(citizens: int, activities_each: int) -> None:
    """Fill the scratch database."""
    _execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
    large, last = (Activity, Reduction, DailyTotal), clock.city_today()
    partitions.ensure(first=last - timedelta(days=DAYS_APART * activities_each))
    _leave_alone(*large)
    with indexes_later(*large), unchecked():
        _fill_people(f"generate_series(1, {citizens}) AS n")
        _fill_days(citizens, [last - timedelta(days=DAYS_APART * number) for number in range(activities_each)])
    _open_shop()
    _execute("VACUUM ANALYZE")
    settling.settle(last)


def _open_shop() -> None:
    now, texts = timezone.now(), {"title_zh": "咖啡", "title_en": "Coffee"}
    span = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=30)}
    stock = {"stock_total": 1000, "stock_left": 1000, "state": Offer.State.PUBLISHED}
    merchant = Merchant.objects.create(code="bench", name_zh="测", name_en="Bench")
    Offer.objects.bulk_create(
        Offer(pk=UUID(int=OFFER.int + number), merchant=merchant, price_points=10 + number, **texts, **span, **stock)
        for number in range(OFFERS)
    )


def _fill_days(citizens: int, days: list[date]) -> None:
    """Several days at once: the database writes with as many processes."""

    def fill(number: int) -> None:
        try:
            with unchecked():
                _execute("SET synchronous_commit = off")
                _fill_day(citizens, number, days[number])
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(fill, range(len(days))))


def _fill_people(people: str) -> None:
    partner = Partner.objects.get(code="swift-bike")
    text = ConsentText.objects.filter(partner=partner).latest("version")
    districts = list(District.objects.values_list("pk", flat=True))
    citizen = sql_key("citizen", "n")
    insert(
        User,
        people,
        id=sql_key("user", "n"),
        username="'u' || n",
        email="'u' || n || '@bench.example'",
        password="'!'",
        date_joined="now()",
    )
    insert(
        Citizen,
        people,
        id=citizen,
        user_id=sql_key("user", "n"),
        nickname="'n' || n",
        ranked="n % 10 = 0",
        district_id=f"(ARRAY{districts})[n % {len(districts)} + 1]",
        created_at="now() - interval '1 year'",
    )
    insert(
        Consent,
        people,
        id=sql_key("consent", "n"),
        citizen_id=citizen,
        text_id=str(text.pk),
        step="'given'",
        channel="'sandbox'",
        created_at="now()",
    )
    insert(
        Link,
        people,
        id=sql_key("link", "n"),
        citizen_id=citizen,
        partner_id=str(partner.pk),
        subject_digest="decode(md5('s' || n), 'hex')",
        subject_encrypted="''",
        hint="'0000'",
        consent_id=sql_key("consent", "n"),
        reads_from="now() - interval '1 year'",
        linked_at="now() - interval '1 year'",
    )
    insert(
        Account,
        people,
        id=sql_key("account", "n"),
        holder=citizen,
        code=str(Chart.CITIZEN.value),
        balance="n % 5000",
        created_at="now()",
    )
    insert(Tally, people, citizen_id=citizen, reduction_mg="n % 5000 * 10000::bigint", points="n % 5000")


def _fill_day(citizens: int, number: int, day: date) -> None:
    """One activity of everybody on one day, with its reduction and its daily total."""
    feed = Feed.objects.get(code="swift-bike")
    delivery = Delivery.objects.create(
        feed=feed, door=Delivery.Door.FILE, external_id=str(day), content_sha256=b"0" * 32, size_bytes=1
    )
    versions = list(
        Methodology.objects.filter(scenario__in=Scenario.objects.all()[:5]).values_list("scenario_id", "pk")
    )
    turn = f"[(n + {number}) % {len(versions)} + 1]"
    scenario = f"(ARRAY{[pair[0] for pair in versions]}){turn}"
    methodology = f"(ARRAY{[pair[1] for pair in versions]}){turn}"
    start = f"'{clock.day_start(day).isoformat()}'::timestamptz + interval '6 hours' + n % 900 * interval '1 minute'"
    amount = "50000 + n % 400 * 1000"
    common = {"citizen_id": "citizen", "scenario_id": scenario, "city_day": f"'{day}'::date"}
    activity = sql_time_key(day, f"{number} * {citizens} + n")
    # OFFSET keeps an id from being made again for each column that shows it
    one = f"n, {sql_key('citizen', 'n')} AS citizen, {activity} AS activity"
    people = f"(SELECT {one} FROM generate_series(1, {citizens}) AS n OFFSET 0) AS people"  # noqa: S608  our own numbers
    insert(
        Activity,
        people,
        id="activity",
        key="activity",
        link_id=sql_key("link", "n"),
        feed_id=str(feed.pk),
        delivery_id=f"'{delivery.pk}'::uuid",
        started_at=start,
        ended_at=f"{start} + interval '15 minutes'",
        distance_m="1000 + n % 9000",
        distance_basis="'reported'",
        status="'accepted'",
        **common,
    )
    insert(
        Reduction,
        people,
        id="activity",
        activity_id="activity",
        methodology_id=methodology,
        reduction_mg=amount,
        carried_mg="0",
        mg_per_point="10000",
        points=f"({amount}) / 10000",
        **common,
    )
    insert(
        DailyTotal,
        people,
        activities="1",
        distance_m="1000 + n % 9000",
        reduction_mg=amount,
        points=f"({amount}) / 10000",
        **common,
    )


def insert(model: type[models.Model], rows: str, **expressions: str) -> None:
    """One row of the table for each row of `rows`; what is not given is the field's default."""
    values, parameters = dict(expressions), []
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if column not in values and (usual := _usual(field)) is not None:
            values[column] = "%s"
            parameters.append(usual)
    columns = ", ".join(f'"{name}"' for name in values)
    source = f"{', '.join(values.values())} FROM {rows}".replace(" % ", " %% ")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {source}", parameters)


def _usual(field: "models.Field[Any, Any]") -> Any:
    """What Django would write; None where the database knows."""
    if field.has_default():
        return None if callable(field.default) else field.default
    return "" if field.empty_strings_allowed and not field.null else None


@contextmanager
def indexes_later(*tables: type[models.Model]) -> Iterator[None]:
    """Without the secondary indexes of the tables for the time of the block; they are built at its end."""
    with connection.schema_editor() as editor:
        for model in tables:
            for index in model._meta.indexes:
                editor.remove_index(model, index)
            for constraint in _unique(model):
                editor.remove_constraint(model, constraint)
    yield
    with connection.schema_editor() as editor:
        for model in tables:
            for index in model._meta.indexes:
                editor.add_index(model, index)
            for constraint in _unique(model):
                editor.add_constraint(model, constraint)


@contextmanager
def unchecked() -> Iterator[None]:
    """Without triggers and foreign keys for the time of the block: the rows are right by their making."""
    _set("session_replication_role", "replica")
    yield
    _set("session_replication_role", "origin")


def _leave_alone(*tables: type[models.Model]) -> None:
    """Neither logged nor vacuumed. They stay so: the database is thrown away."""
    for part in (part.name for model in tables for part in partitions.parts(model._meta.db_table)):
        _execute(f"ALTER TABLE {part} SET UNLOGGED")
        _execute(f"ALTER TABLE {part} SET (autovacuum_enabled = off)")


def _unique(model: type[models.Model]) -> list[models.UniqueConstraint]:
    return [constraint for constraint in model._meta.constraints if isinstance(constraint, models.UniqueConstraint)]


def _set(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
