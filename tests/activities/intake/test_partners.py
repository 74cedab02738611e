"""A partners' file: applied once, shown as a difference, refused by path; its schema and its page are complete."""

import copy
import io
import json
import os
import re
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ConsentText, Partner
from activities.intake import deliveries, partners, schema, yaml_text
from activities.intake.formats import FormatInvalid
from activities.models import Contract, Delivery, Feed

ROOT = Path(__file__).resolve().parents[3]
FILE = """
partners:
  - code: green-ride
    kind: bike
    name_zh: 绿行
    name_en: Green Ride
    client_secret: {env: TEST_CLIENT_SECRET}
    consent: {version: 1, reads_zh: 读, reads_en: r, purpose_zh: 用, purpose_en: p, retention_zh: 存, retention_en: k}
    contracts: [{number: G1, valid_from: 2026-01-01, valid_until: 2099-12-31}]
    supervision: {quarantine_max_pct: 10}
feeds:
  - code: green-orders
    partner: green-ride
    secret: {generate: true}
    format:
      container: {kind: csv}
      zone: Asia/Shanghai
      evidence: payment
      subject: {column: u}
      event_id: {column: o}
      cases: [{scenario: shared-bike, started_at: {column: s}, distance: {column: km, unit: km}}]
"""


@pytest.fixture
def declared(monkeypatch) -> dict:
    monkeypatch.setitem(os.environ, "TEST_CLIENT_SECRET", "s3cret")
    return yaml_text.load(FILE)


@pytest.mark.django_db
def test_a_file_is_applied_once_and_its_secret_made_once(declared):
    first = partners.apply(declared)
    feed = Feed.objects.get(code="green-orders")
    assert list(first.made) == ["green-orders secret"]
    assert feed.secrets == first.made["green-orders secret"]
    assert (feed.partner.client_secret, feed.evidence) == ("s3cret", "payment")
    assert Contract.objects.get().valid_until == date(2099, 12, 31)
    again = partners.apply(declared)
    assert (again.changes, again.made) == ([], {})


@pytest.mark.django_db
def test_a_change_is_shown_leaf_by_leaf_and_a_dry_run_writes_nothing(declared):
    partners.apply(declared)
    other = copy.deepcopy(declared)
    other["feeds"][0]["format"]["cases"][0]["distance"]["unit"] = "mi"
    applied = partners.apply(other, dry_run=True)
    assert [(change.thing, change.lines) for change in applied.changes] == [
        ("feed green-orders", [("format.cases[0].distance.unit", "km", "mi")])
    ]
    assert Feed.objects.get(code="green-orders").format == declared["feeds"][0]["format"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        (lambda d: d["feeds"][0].update(pratner="x"), "feeds[0]", "did you mean 'partner'?"),
        (lambda d: d["feeds"][0].update(partner="green-rid"), "feeds[0].partner", "did you mean 'green-ride'?"),
        (lambda d: d["feeds"][0]["format"].update(zone="x"), "feeds[0].format.zone", "'x' is not a time zone"),
        (lambda d: d["feeds"][0].update(secret={"env": "NOT_SET"}), "feeds[0].secret.env", "has no NOT_SET"),
        (lambda d: d["partners"][0].update(kind="bikes"), "partners[0].kind", "did you mean 'bike'?"),
        (lambda d: d["partners"][0].pop("consent"), "partners[0].consent", "a new partner needs"),
        (
            lambda d: d["partners"][0]["contracts"][0].update(valid_until="2020-01-01"),
            "partners[0].contracts[0].valid_until",
            "is before valid_from",
        ),
        (
            lambda d: d["feeds"][0].update(pull={"url": "https://x.example", "style": "cursor", "parameter": "c"}),
            "feeds[0].pull.next",
            "needs the path of the next cursor",
        ),
        (lambda d: d["feeds"][0].update(store={"folder": "../etc"}), "feeds[0].store.folder", "must stay below"),
        (
            lambda d: d["feeds"][0]["format"]["cases"][0].update(scenario="shared-bikes"),
            "feeds[0].format.cases[0].scenario",
            "there is no scenario 'shared-bikes'; did you mean 'shared-bike'?",
        ),
        (
            lambda d: d["feeds"][0]["format"]["cases"][0].update(
                scenario={"column": "x", "map": {1: "metro", 2: "tram"}}
            ),
            "feeds[0].format.cases[0].scenario",
            "there is no scenario 'tram'",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_path_and_nothing_is_written(declared, change, path, says):
    change(declared)
    with pytest.raises(FormatInvalid) as refusal:
        partners.apply(declared)
    assert refusal.value.extra["path"] == path
    assert says in str(refusal.value.detail)
    assert not Partner.objects.filter(code="green-ride").exists()


@pytest.mark.django_db
def test_a_published_consent_text_is_not_changed(declared):
    partners.apply(declared)
    declared["partners"][0]["consent"]["purpose_en"] = "another"
    with pytest.raises(partners.PublishedTextChanged, match="consent.purpose_en.*2"):
        partners.apply(declared)
    declared["partners"][0]["consent"]["version"] = 2
    partners.apply(declared)
    assert ConsentText.objects.filter(partner__code="green-ride").count() == 2


@pytest.mark.django_db
def test_without_a_contract_in_force_nothing_is_taken(declared):
    declared["partners"][0]["contracts"][0]["valid_until"] = "2026-01-31"
    partners.apply(declared)
    feed = Feed.objects.select_related("partner").get(code="green-orders")
    with pytest.raises(deliveries.FeedClosed):
        deliveries.receive(feed, Delivery.Door.FILE, "x", b"u,o,s,km\n")
    Contract.objects.update(valid_until=None)
    assert deliveries.receive(feed, Delivery.Door.FILE, "x", b"u,o,s,km\n")[1]


@pytest.mark.django_db
def test_the_command_names_the_file_at_fault(tmp_path):
    (tmp_path / "p.yaml").write_text(FILE)
    (tmp_path / "s.csv").write_text("u;o;s;km\n")
    with pytest.raises(CommandError, match=r"s\.csv: missing_column: column 'km' is missing; is the delimiter ';'"):
        call_command("partners", "check", str(tmp_path / "p.yaml"), "--sample", str(tmp_path / "s.csv"))
    with pytest.raises(CommandError, match=r"^greenorders: there is no such file, and no feed of this code$"):
        call_command("partners", "check", "greenorders")


@pytest.mark.django_db
def test_the_command_shows_rows_as_understood_and_why_not(declared, tmp_path):
    (tmp_path / "p.yaml").write_text(FILE)
    (tmp_path / "s.csv").write_text(
        "u,o,s,km\n7,1,2026-08-01T08:00,1.5\n8,2,2026-08-01T09:00,-1\n9,3,2026-08-01T09:00,0\n"
    )
    out = io.StringIO()
    call_command("partners", "check", str(tmp_path / "p.yaml"), "--sample", str(tmp_path / "s.csv"), stdout=out)
    assert "distance_m=1500" in out.getvalue()
    assert "distance_m=0" in out.getvalue()
    assert "revision" not in out.getvalue()
    assert "3  value_negative  km: -1 is negative; at least 0 is expected" in out.getvalue()
    call_command("partners", "apply", str(tmp_path / "p.yaml"), stdout=out)
    assert "green-orders secret: whsec_" in out.getvalue()
    (tmp_path / "p.yaml").write_text(FILE.replace("unit: km", "unti: km"))
    with pytest.raises(CommandError, match=r"feeds\[0\].format.cases\[0\].distance: unknown key 'unti'"):
        call_command("partners", "apply", str(tmp_path / "p.yaml"))


def test_the_schema_is_up_to_date():
    written = (ROOT / "docs" / "feed.schema.json").read_text(encoding="utf-8")
    assert written == schema.write(), "run: manage.py partners schema --write docs/feed.schema.json"


def test_every_key_of_the_vocabulary_is_documented():
    said = set(re.findall(r"[A-Za-z_]+", (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")))
    keys = {
        key for definition in json.loads(schema.write())["$defs"].values() for key in definition.get("properties", {})
    }
    assert {key for key in keys if key not in said} == set()
