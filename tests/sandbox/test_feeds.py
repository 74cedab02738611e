"""Every partner's rows are understood by the format declared for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accounts.linking import links
from accounts.models import ConsentText, Partner
from activities.intake import deliveries, formats, readers
from activities.intake.mapping import Mapping
from activities.intake.problems import RowError
from activities.models import Delivery, Feed, Reduction, Scenario
from sandbox.city import files
from sandbox.city.people import PARTNERS
from sandbox.city.records import Flaw


@pytest.fixture(params=PARTNERS)
def feed(request, db) -> Feed:
    return Feed.objects.select_related("partner").get(code=request.param)


def test_files_are_read_row_by_row_and_only_unreadable_rows_fail(feed, month):
    records = month[feed.code]
    declared = formats.parse(feed.format)
    rows = readers.read(files.encode(feed.code, records), declared)
    mapping = Mapping(declared, rows.header)
    for record, (line, row) in zip(records, rows.items, strict=True):
        if record.flaw is Flaw.UNREADABLE:
            with pytest.raises(RowError):
                mapping.draft(line, row)
        else:
            draft = mapping.draft(line, row)
            assert draft is None or draft.subject == record.subject


def test_webhook_and_file_say_the_same(feed, month):
    declared = formats.parse(feed.format)
    record = next(record for record in month[feed.code] if record.flaw is Flaw.NONE)
    rows = readers.read(files.encode(feed.code, [record]), declared)
    by_file = Mapping(declared, rows.header).draft(1, rows.items[0][1])
    by_webhook = Mapping(formats.of_webhook(declared), None).draft(1, record.row)
    assert by_file == by_webhook


@pytest.mark.parametrize(
    ("code", "row", "scenario", "distance_m", "quantity"),
    [
        (
            "swift-bike",
            {"user": "BIKE-000001", "order_no": "1", "unlocked_at": "2026-11-20 08:00:00", "distance_km": "1.52"}
            | {"locked_at": "2026-11-20 08:10:00", "status": "completed"},
            "shared-bike",
            1520,
            None,
        ),
        (
            "metro-card",
            {
                "card_no": "CARD-000001",
                "deal_date": "2026-11-20 08:00:00",
                "deal_type": "地铁出站",
                "deal_value": "500",
            },
            "metro",
            15_000,
            None,
        ),
        (
            "metro-card",
            {"card_no": "CARD-000001", "deal_date": "2026-11-20 08:00:00", "deal_type": "巴士", "deal_value": "200"},
            "bus",
            None,
            None,
        ),
        (
            "step-health",
            {"user": {"openid": "STEP-000001"}, "date": "2026-11-20", "steps": 7412},
            "walking",
            None,
            7412,
        ),
        (
            "green-bank",
            {"id": "1", "holder": {"id": "BANK-000001"}, "time": "2026-11-20T12:00:00+08:00", "status": "settled"}
            | {"amount": 31.5, "green": {"tag": "no_cutlery", "items": 1}},
            "no-cutlery",
            None,
            1,
        ),
    ],
)
def test_a_row_becomes_a_draft(db, code, row, scenario, distance_m, quantity):
    declared = formats.of_webhook(formats.parse(Feed.objects.get(code=code).format))
    draft = Mapping(declared, None).draft(1, row)
    assert (draft.scenario, draft.distance_m, draft.quantity) == (scenario, distance_m, quantity)


@pytest.mark.parametrize("status", ["refunded", "pending"])
def test_orders_that_are_not_settled_are_passed_over(db, status):
    declared = formats.of_webhook(formats.parse(Feed.objects.get(code="green-bank").format))
    row = {"id": "1", "holder": {"id": "BANK-000001"}, "time": "2026-11-20T12:00:00+08:00", "status": status}
    assert Mapping(declared, None).draft(1, row | {"green": {"tag": "no_cutlery", "items": 1}}) is None


def test_every_partner_asks_in_both_languages(db):
    assert set(PARTNERS) <= set(Partner.objects.values_list("code", flat=True))
    for text in ConsentText.objects.filter(version=1):
        for part in ("reads", "purpose", "retention"):
            for language in ("zh", "en"):
                assert len(getattr(text, f"{part}_{language}")) > 10


def test_every_scenario_of_the_catalogue_is_told_by_a_partner(db, month):
    told = set()
    for feed in Feed.objects.filter(code__in=PARTNERS).select_related("partner"):
        mapping = Mapping(formats.of_webhook(formats.parse(feed.format)), None)
        for record in month[feed.code]:
            if record.flaw is Flaw.NONE and (draft := mapping.draft(1, record.row)):
                told.add(draft.scenario)
    assert told == set(Scenario.objects.values_list("code", flat=True))


def test_a_car_that_stood_a_day_is_counted(alice, month):
    feed = Feed.objects.select_related("partner").get(code="green-bank")
    tag = {"tag": "parked_day", "until": "2026-09-02T00:00:00+08:00", "km": 0, "car": "electric"}
    parked = next(one for one in month["green-bank"] if one.row["green"]["tag"] == "parked_day")
    assert parked.row["green"].keys() == tag.keys()
    row = {**parked.row, "time": "2026-09-01T00:00:00+08:00", "green": tag, "status": "settled"}
    links.open_many(feed.partner, [(alice, parked.subject)], reads_from=datetime(2026, 1, 1, tzinfo=UTC))
    delivery, _new = deliveries.receive(
        feed, Delivery.Door.FILE, "p.jsonl.gz", files.encode(feed.code, [replace(parked, row=row)])
    )
    assert deliveries.digest(delivery.pk).accepted == 1
    # 22 km at 97 g, less the 22.6 % that other trips cause
    assert Reduction.objects.get().reduction_mg == 1_651_716
