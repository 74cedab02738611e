"""Large tables in parts of a month: made ahead, guarded like the whole, and pruned."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from config import clock, partitions, repartition
from config.identifiers import first_id, follow, made_at, new_id
from ledger.models import Chart, Code, Transfer
from ledger.posting import Draft, issuance_account, open_account, post
from tests.races import at_once

pytestmark = pytest.mark.django_db

SPLIT = [
    ("activities_activity", "id", True),
    ("activities_dailytotal", "city_day", False),
    ("activities_finding", "activity_id", True),
    ("activities_reduction", "activity_id", True),
    ("ledger_transfer", "id", True),
]
MONTH = clock.city_today().replace(day=1)
NEXT = (MONTH + timedelta(days=31)).replace(day=1)


def execute(statement: str, *parameters: object) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def id_of(day: date) -> UUID:
    """A fresh id as it would be made in that night."""
    return UUID(int=first_id(clock.day_start(day)).int | new_id().int & (1 << 80) - 1)


def transfer(id: UUID) -> UUID:
    post([Draft(id, issuance_account(), open_account(UUID(int=7), Chart.CITIZEN), 5, Code.AWARD, id)])
    return id


def part_of(id: UUID) -> str:
    return execute("SELECT tableoid::regclass::text FROM ledger_transfer WHERE id = %s", id)[0][0]


def test_five_tables_are_split_and_this_month_and_three_more_are_there():
    assert partitions.tables() == SPLIT
    months = [MONTH.replace(year=MONTH.year + (MONTH.month + n - 1) // 12, month=(MONTH.month + n - 1) % 12 + 1)
              for n in range(4)]  # fmt: skip
    for name, _key, _by_id in SPLIT:
        assert [part.first for part in partitions.parts(name) if part.first] == months
    assert partitions.missing() == []
    assert partitions.ensure() == []


def test_an_id_tells_its_month_and_a_month_begins_in_the_city():
    moment = datetime(2026, 11, 1, tzinfo=clock.city_zone())
    table = partitions.Table("t", "id", True)
    assert made_at(table.floor(date(2026, 11, 1))) == moment
    assert made_at(new_id()) <= timezone.now()


def test_an_id_that_follows_from_another_is_of_the_same_instant_and_always_the_same():
    first, second = new_id(), new_id()
    owed = follow(first, "owed")
    assert owed == follow(first, "owed")
    assert made_at(owed) == made_at(first)
    assert len({first, owed, follow(first, "bonus"), follow(second, "owed")}) == 4


def test_a_row_lies_in_the_part_of_the_month_of_its_id():
    assert part_of(transfer(new_id())) == f"ledger_transfer_{MONTH:%Y_%m}"
    assert part_of(transfer(id_of(NEXT))) == f"ledger_transfer_{NEXT:%Y_%m}"
    assert part_of(transfer(id_of(NEXT - timedelta(days=1)))) == f"ledger_transfer_{MONTH:%Y_%m}"


@pytest.mark.parametrize(
    ("id", "part"), [("f" * 32, "ledger_transfer_aside"), ("0" * 31 + "1", "ledger_transfer_default")]
)
def test_an_id_that_carries_no_time_is_as_good_and_posts_once(id, part):
    assert part_of(transfer(UUID(id))) == part
    transfer(UUID(id))
    assert Transfer.objects.get().amount == 5
    assert partitions.strays() == {}


def test_a_month_that_was_missing_takes_its_rows_from_the_default_part_and_they_stay_as_they_are():
    execute(f"DROP TABLE ledger_transfer_{MONTH:%Y_%m}")
    early, here, later = transfer(UUID(int=1)), transfer(new_id()), transfer(id_of(NEXT))
    assert part_of(here) == "ledger_transfer_default"
    assert partitions.missing() == [f"ledger_transfer_{MONTH:%Y_%m}"]
    before = list(Transfer.objects.order_by("id").values())
    assert partitions.ensure(first=MONTH) == [f"ledger_transfer_{MONTH:%Y_%m}"]
    assert list(Transfer.objects.order_by("id").values()) == before
    assert [part_of(id) for id in (early, here, later)] == [
        "ledger_transfer_default",
        f"ledger_transfer_{MONTH:%Y_%m}",
        f"ledger_transfer_{NEXT:%Y_%m}",
    ]
    with pytest.raises(IntegrityError, match="default is append-only"), transaction.atomic():
        Transfer.objects.filter(id=early).delete()
    assert partitions.ensure() == partitions.missing() == []


def test_rows_without_a_part_of_their_month_are_told():
    past = MONTH - timedelta(days=1)
    assert partitions.ensure(first=past, only="ledger_transfer") == [f"ledger_transfer_{past:%Y_%m}"]
    execute(f"DROP TABLE ledger_transfer_{MONTH:%Y_%m}")
    transfer(new_id())
    transfer(UUID(int=1))
    assert partitions.strays() == {"ledger_transfer": 1}


GUARDED = ["ledger_transfer", "activities_reduction"]
CHANGES = ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {}"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("table", GUARDED)
def test_append_only_holds_through_the_table_and_on_each_part(table, direct, change):
    partitions.ensure(months_ahead=4)  # a part made later is guarded like the first
    names = [part.name for part in partitions.parts(table)]
    for part in partitions.parts(table):
        _insert(table, first_id(clock.day_start(part.first)) if part.first else OUTSIDE[part.name[len(table) :]])
    for name in names if direct else [table]:
        with pytest.raises(IntegrityError, match=rf"{table}\w* is append-only"), transaction.atomic():
            execute(change.format(name))
    counts = [execute(f"SELECT count(*) FROM {name}")[0][0] for name in names]  # noqa: S608  our own names
    assert counts == [1] * len(names)


OUTSIDE = {"_default": UUID(int=2), "_aside": UUID("f" * 32)}


def _insert(table: str, id: UUID) -> None:
    if table == "ledger_transfer":
        transfer(id)
    else:
        execute(
            "INSERT INTO activities_reduction (id, citizen_id, activity_id, generation, reversal, cause,"
            " methodology_id, scenario_id, city_day, reduction_mg, carried_mg, mg_per_point, fixed_points, points)"
            " VALUES (gen_random_uuid(), %s, %s, 1, false, 'credited', 1, 1, '2026-11-01', 5, 0, 10, 0, 0)",
            uuid4(), id,
        )  # fmt: skip


def test_parts_of_append_only_tables_are_never_dropped():
    for table in GUARDED:
        with pytest.raises(partitions.AppendOnlyError):
            partitions.drop(table, date.max)
    assert partitions.missing() == []


def test_months_that_are_over_are_dropped_and_no_other():
    past = MONTH - timedelta(days=1)
    partitions.ensure(first=past, only="activities_finding")
    assert partitions.drop("activities_finding", past) == []
    assert partitions.drop("activities_finding", MONTH) == [f"activities_finding_{past:%Y_%m}"]
    assert partitions.drop("activities_finding", MONTH) == []
    assert partitions.missing() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_each_part_once(parts_go):
    made = at_once([lambda: partitions.ensure(months_ahead=5)] * 2)
    names = sorted(name for one in made for name in one)
    assert len(names) == len(set(names)) == 2 * len(SPLIT)


def test_a_split_table_is_made_whole_and_split_again_with_its_rows():
    ids = [transfer(id) for id in (new_id(), id_of(NEXT), UUID(int=1), UUID("f" * 32))]
    rows, shape = list(Transfer.objects.order_by("id").values()), _shape("ledger_transfer")
    step = repartition.by_month("ledger_transfer", "id", ["id"], aside=True)
    step.reverse_code(None, None)
    assert partitions.parts("ledger_transfer") == []
    assert list(Transfer.objects.order_by("id").values()) == rows
    step.code(None, None)
    assert list(Transfer.objects.order_by("id").values()) == rows
    assert _shape("ledger_transfer") == shape
    assert [part_of(id) for id in ids] == [
        f"ledger_transfer_{MONTH:%Y_%m}",
        f"ledger_transfer_{NEXT:%Y_%m}",
        "ledger_transfer_default",
        "ledger_transfer_aside",
    ]


def test_older_rows_get_their_months_when_a_table_is_split():
    step = repartition.by_month("ledger_transfer", "id", ["id"], aside=True)
    step.reverse_code(None, None)
    past = (MONTH - timedelta(days=40)).replace(day=1)
    id = transfer(id_of(past))
    step.code(None, None)
    assert part_of(id) == f"ledger_transfer_{past:%Y_%m}"
    assert min(part.first for part in partitions.parts("ledger_transfer") if part.first) == past


def _shape(table: str) -> list:
    """Names and definitions of constraints, indexes and triggers."""
    return execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
        " UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
        " UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass ORDER BY 1, 2",
        table, table, table,
    )  # fmt: skip
