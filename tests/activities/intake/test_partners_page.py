"""docs/partners.md is true: its examples are run, its keys are those of the vocabulary, its schema is the parser's."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from activities.intake import declarations, formats, schema, sidecars, yaml_text
from config.problems import Problem
from tests.activities.intake.conftest import FEEDS
from tests.activities.intake.test_first_meetings import MEETINGS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
ZONE = ZoneInfo("Asia/Shanghai")
BASE = yaml_text.load("""
    container: {kind: csv, delimiter: "|"}
    zone: Asia/Shanghai
    subject: {column: user}
    event_id: {column: no}
    cases: [{scenario: walking, started_at: {column: day}}]
""")
VALIDATOR = jsonschema.Draft202012Validator(schema.describe())


def table(heading: str) -> list[list[str]]:
    """The rows of the first table beneath a heading, without their back quotes."""
    section = re.split(r"\n##+ ", PAGE.split(f"### {heading}\n", 1)[1])[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def bare(cell: str) -> str:
    return cell.removeprefix("`").removesuffix("`")


@pytest.mark.parametrize("row", table("Your cells, by example"), ids=lambda row: row[0])
def test_a_cell_of_the_page_is_understood_as_it_says(understand, row):
    cell, words, is_ = bare(row[0]), yaml_text.load(bare(row[1])), row[2]
    declared = BASE | {"cases": [BASE["cases"][0] | words]}
    found = understand(declared, f"no|user|day|x\n1|7|2026-08-01|{cell}\n".encode())
    name, value = re.fullmatch(r"`(\w+)` (.+)", is_).groups()
    assert not found.refused, found.refused
    told = getattr(found.drafts[0][0], name)
    assert (f"{told.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if isinstance(told, datetime) else str(told)) == value


@pytest.mark.parametrize("row", table("What an error says"), ids=lambda row: row[0])
def test_an_error_of_the_page_says_what_the_page_says(row):
    with pytest.raises(formats.FormatInvalid) as refusal:
        formats.parse(BASE | yaml_text.load(bare(row[0])))
    assert str(refusal.value.detail) == row[1]


def test_every_key_stands_in_the_page_as_one():
    """Within back quotes or in an example, not as a mere word."""
    said = " ".join([*re.findall(r"`([^`\n]+)`", PAGE), *re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)])
    known = set(re.findall(r"[A-Za-z_]+", said))
    definitions = json.loads(schema.write())["$defs"].values()
    assert {key for one in definitions for key in one.get("properties", {})} - known == set()


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every declaration we have: the examples, the sandbox's feeds, and those of the first meetings."""
    for path in sorted(FEEDS.glob("*.yaml")):
        yield path.stem, sidecars.load(path)
    for path in sorted((ROOT / "sandbox" / "catalogue" / "feeds").glob("*.yaml")):
        yield path.stem, {"feeds": [yaml_text.load(path.read_text(encoding="utf-8"))]}
    for number, meeting in enumerate(MEETINGS.values()):
        feed = {"code": f"met-{number}", "partner": "met", "format": yaml_text.load(meeting.declared)}
        yield feed["code"], {"feeds": [feed]}


def is_parsed(document: dict[str, Any]) -> bool:
    try:
        declarations.parse(document)
    except Problem:
        return False
    return True


def is_valid(document: dict[str, Any]) -> bool:
    return bool(VALIDATOR.is_valid(json.loads(json.dumps(document))))


def misspelt(value: Any) -> Iterator[Any]:
    """The document with one key, or one value of a fixed set, spelt otherwise; each in its turn."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {**{name: copy.deepcopy(other) for name, other in value.items() if name != key}, f"{key}s": inner}
            for changed in misspelt(inner):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for changed in misspelt(inner):
                yield [*value[:place], changed, *value[place + 1 :]]
    elif isinstance(value, bool):
        yield str(value)
    elif isinstance(value, int):
        yield [value]


@pytest.mark.parametrize("document", [document for _, document in documents()], ids=[name for name, _ in documents()])
def test_the_schema_and_the_parser_agree(document):
    """What the parser takes the schema takes; what the schema refuses the parser refuses."""
    assert is_parsed(document)
    assert is_valid(document), next(VALIDATOR.iter_errors(json.loads(json.dumps(document)))).message
    refused = 0
    for changed in misspelt(document):
        valid = is_valid(changed)
        assert valid or not is_parsed(changed), changed
        refused += not valid
    assert refused > 5


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_example_says_what_it_is_an_example_of(path):
    assert path.read_text(encoding="utf-8").startswith("# ")
