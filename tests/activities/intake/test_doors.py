"""One event is one event by whatever door it comes, however its numbers are written there."""

import io
import json
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.intake import formats, json_text, readers, yaml_text
from activities.intake.cells import spell
from activities.intake.mapping import Mapping
from activities.intake.problems import Refused
from activities.models import QuarantinedRow
from sandbox import conformance
from tests.activities.conftest import take_in

DECLARED = yaml_text.load("""
    container: {kind: json, path: data}
    zone: Asia/Shanghai
    subject: {column: user}
    event_id: {concat: [no, fee, more], separator: "/"}
    cases:
      - when: {kind: [1, "2.5"]}
        scenario: {column: fee, map: {"12.5": bus}, otherwise: metro}
        started_at: {column: at}
        amount: {column: fee}
""")
ROW = '{"user": 7, "at": "2026-08-01 08:00", "no": %s, "fee": %s, "more": %s, "kind": %s}'


def by_document(row: str) -> list:
    body = f'{{"data": [{row}]}}'.encode()
    return list(readers.open_stream(io.BytesIO(body), len(body), formats.parse(DECLARED)).items)


def by_lines(row: str) -> list:
    declared = formats.parse(DECLARED | {"container": {"kind": "jsonl"}})
    return list(readers.open_stream(io.BytesIO(row.encode()), len(row), declared).items)


def by_webhook(row: str) -> list:
    return list(readers.read_webhook(f'{{"data": [{row}]}}'.encode(), formats.parse(DECLARED)).items)


DOORS = [by_document, by_lines, by_webhook]


def draft(read, row: str):
    [(line, found)] = read(row)
    return Mapping(formats.parse(DECLARED), None).draft(line, found)


@pytest.mark.parametrize("read", DOORS)
@pytest.mark.parametrize(
    ("written", "told"),
    [
        (("7", "12.50", "1e3", "2.50"), "7/12.5/1000.0"),
        (("712345678901234567", "12.5", "1.0", "1"), "712345678901234567/12.5/1.0"),
        (("123456789012345678901234567890", "1.25e1", "0.00001", "2.5"), "123456789012345678901234567890/12.5/1e-05"),
        (("0.10", "12.500", "-0.0", "1"), "0.1/12.5/-0.0"),
    ],
)
def test_a_number_is_spelled_alike_at_every_door(read, written, told):
    found = draft(read, ROW % written)
    assert (found.external_id, found.scenario, found.amount_fen) == (told, "bus", 1250)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_spelled_as_most_programs_write_them(number):
    """What came by webhook or as JSON lines before keeps its id."""
    assert spell(json_text.decode(json.dumps(number))) == repr(number)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**20), max_value=10**20))
def test_no_digit_is_lost(number):
    assert Decimal(spell(number)) == number


@pytest.mark.parametrize("number", ["1" * 5000, "9" * 100_000, "1e999999999999999999999"])
def test_a_number_that_nobody_can_hold_costs_no_worker(number):
    row = ROW % (number, "1", "1", "1")
    for read in (by_document, by_webhook, by_lines):
        with pytest.raises(Refused) as refusal:
            read(row)
        assert refusal.value.code == "bad_json"


@pytest.mark.parametrize("read", DOORS)
def test_half_a_character_is_replaced_at_every_door(read):
    row = ROW % ('"\\ud83d\\ude00"', '"a\\ud83d"', '"\\\\ud83d\\udE00\\n"', "1")
    [(_line, found)] = read(row)
    assert [found[name] for name in ("no", "fee", "more")] == ["😀", "a\ufffd", "\\ud83d\ufffd\n"]


@pytest.mark.parametrize("size", range(1, 31))
def test_halves_are_replaced_however_the_text_is_cut(size):
    parts = ["\\ud83d", "\\ude00", "\\\\", "\\n", "u", "d83d"]
    text = "".join(Random(size).choices(parts, k=300)).encode()
    halves = json_text.Halves()
    pieces = [halves.replace(text[at : at + size]) for at in range(0, len(text), size)]
    assert b"".join([*pieces, halves.replace(b"")]) == json_text.replace_halves(text)


def test_a_quarantined_row_shows_its_numbers(alice, link, bike_feed):
    bike_feed.format = DECLARED | {"subject": {"column": "nobody"}}
    bike_feed.save()
    take_in(bike_feed, f'{{"data": [{ROW % ("7", "12.50", "1", "1")}]}}'.encode())
    assert "'fee': 12.50" in QuarantinedRow.objects.get().content


def test_a_sample_is_sent_with_numbers_as_numbers():
    [(_line, row)] = by_document(ROW % ("7", "12.50", "1e3", "1"))
    sent = json.loads(conformance._encode(formats.parse(DECLARED), [row]), parse_float=Decimal)
    assert [(name, sent[0][name]) for name in ("no", "fee", "more")] == [
        ("no", 7),
        ("fee", Decimal("12.50")),
        ("more", Decimal("1E+3")),
    ]
