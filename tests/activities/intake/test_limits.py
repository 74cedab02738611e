"""What is too large is refused with a stable code that names the limit and the value, and nothing of it is taken in."""

import csv
import gzip
import io
import json
import os
import time
import zipfile

import pytest
import requests
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob

from activities.intake import (
    chunks,
    deliveries,
    documents,
    lines,
    pull,
    readers,
    stores,
    unpacking,
    yaml_text,
)
from activities.intake.problems import Refused
from activities.models import Activity, Delivery, DeliveryChunk, Event, QuarantinedRow
from sandbox.loading import load_feed
from tests.activities.conftest import rides, take_in

RIDE = ("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")


def zipped(**files: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return body.getvalue()


def refusal_of(feed, body: bytes) -> tuple[str, str]:
    """Code and detail; sure that only the refused delivery is left."""
    with pytest.raises(Refused) as caught:
        take_in(feed, body)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.counts) == ("refused", {})
    assert delivery.refusal["code"] == caught.value.code
    for model in (Activity, Event, QuarantinedRow):
        assert not model.objects.exists()
    return delivery.refusal["code"], delivery.refusal["detail"]


@pytest.mark.parametrize(
    "pack", [gzip.compress, lambda zeros: zipped(a=zeros), lambda zeros: zipped(a=gzip.compress(zeros))]
)
def test_a_bomb_is_not_unpacked(alice, bike_feed, link, monkeypatch, pack):
    link(alice, bike_feed, "7")
    monkeypatch.setattr(unpacking, "RATIO_FROM_BYTES", 1_000_000)
    body = pack(rides(RIDE) + b"0" * 8_000_000)
    code, detail = refusal_of(bike_feed, body)
    assert code == "body_unpacks_too_large"
    assert f"{len(body)} bytes unpack to more than 250 times as much" in detail


def test_no_body_unpacks_to_more_than_the_limit(alice, bike_feed, link, settings):
    link(alice, bike_feed, "7")
    settings.INTAKE_UNPACKED_MAX_BYTES = 100
    code, detail = refusal_of(bike_feed, gzip.compress(rides(RIDE)))
    assert (code, detail) == ("body_unpacks_too_large", "it unpacks to more than 100 bytes; send it in parts")


def test_a_zip_of_too_many_files_is_refused(alice, bike_feed, link, monkeypatch):
    link(alice, bike_feed, "7")
    monkeypatch.setattr(unpacking, "MEMBERS_MAX", 2)
    body = zipped(a=rides(RIDE), b=rides(RIDE), c=rides(RIDE))
    assert refusal_of(bike_feed, body) == ("body_unpacks_too_large", "3 files in the zip are more than 2")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_without_an_end_is_refused(alice, bike_feed, link, monkeypatch, encoding):
    link(alice, bike_feed, "7")
    bike_feed.format["container"]["encoding"] = encoding
    bike_feed.save()
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 1000)
    text = rides(RIDE).decode() + "2," + "7" * 2000 + "\n"
    code, detail = refusal_of(bike_feed, text.encode(encoding))
    assert code == "bad_csv"
    assert detail.startswith("line 3 is longer than 1000 ")


@pytest.mark.parametrize("path", ["", "rows"])
def test_a_json_row_without_an_end_is_refused(db, monkeypatch, path):
    monkeypatch.setattr(documents, "ITEM_BYTES_MAX", 200_000)
    declared = {
        "container": {"kind": "json", "path": path},
        "zone": "UTC",
        "subject": {"column": "u"},
        "event_id": {"column": "id"},
        "cases": [{"scenario": "walking", "started_at": {"column": "at"}, "quantity": {"column": "n"}}],
    }
    feed = load_feed({"code": "json", "partner": "mobike", "format": declared})
    row = {"u": "7", "id": "1", "at": "2026-08-01 08:00", "n": "9" * 1_000_000}
    code, detail = refusal_of(feed, json.dumps({path: [row]} if path else [row]).encode())
    assert code == "bad_json"
    assert "longer than 200000 bytes" in detail
    many = [{**row, "n": "1", "id": str(number)} for number in range(10_000)]  # long together, not one by one
    body = json.dumps({path: many} if path else many).encode()
    assert len(body) > 400_000
    assert len(readers.read(body, deliveries.formats.parse(declared)).items) == 10_000


def test_a_file_above_the_limit_leaves_nothing(bike_feed, settings):
    settings.INTAKE_FILE_MAX_BYTES = 100
    body = rides(RIDE)
    with pytest.raises(deliveries.BodyTooLarge) as caught:
        deliveries.receive(bike_feed, Delivery.Door.FILE, "a.csv", io.BytesIO(body))
    assert (caught.value.code, "100" in str(caught.value.detail)) == ("body_too_large", True)
    assert not Delivery.objects.exists()
    assert not DeliveryChunk.objects.exists()


def test_the_limit_of_a_cell_is_that_of_a_line():
    assert csv.field_size_limit() == lines.LINE_BYTES_MAX


def test_an_upload_above_the_limit_is_refused_at_the_desk(client, bike_feed, settings, admin_user):
    settings.INTAKE_FILE_MAX_BYTES = 100
    client.force_login(admin_user)
    values = {"format": yaml_text.dump(bike_feed.format), "sample": SimpleUploadedFile("a.csv", rides(RIDE) * 2)}
    address = f"/admin/activities/feed/{bike_feed.pk}/sample/"
    answer = client.post(address, {**values, "deliver": "1"}, headers={"accept-language": "en"})
    assert answer["Location"] == address
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert told == ["At most 100 bytes are accepted."]
    for model in (Delivery, DeliveryChunk, ProcrastinateJob):
        assert not model.objects.exists()


def test_a_body_is_read_no_further_than_the_limit(bike_feed, settings, monkeypatch):
    settings.INTAKE_FILE_MAX_BYTES = 25
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 10)
    content = io.BytesIO(b"x" * 1000)
    with pytest.raises(deliveries.BodyTooLarge):
        deliveries.receive(bike_feed, Delivery.Door.FILE, "a.csv", content)
    assert content.tell() == 30
    assert not DeliveryChunk.objects.exists()


def test_a_stored_object_is_refused_whatever_its_size_was_said_to_be(bike_feed, settings, tmp_path, monkeypatch):
    settings.INTAKE_FOLDER, settings.INTAKE_FILE_MAX_BYTES = tmp_path, 300
    (tmp_path / "in").mkdir()
    bike_feed.store = {"folder": "in"}
    bike_feed.save()
    paths = [tmp_path / "in" / name for name in ("grown.csv", "large.csv", "small.csv")]
    for path in paths:
        path.write_bytes(rides(RIDE) * (9 if path.name == "large.csv" else 1))
        os.utime(path, (time.time() - 60, time.time() - 60))
    opening = stores._opening

    def grow(path):
        if path.name == "grown.csv":
            return lambda: io.BytesIO(rides(RIDE) * 9)
        return opening(path)

    monkeypatch.setattr(stores, "_opening", grow)
    assert stores.look(bike_feed, lambda delivery: None) == 1
    refusal = {"code": "body_too_large", "field": "", "detail": "it is larger than 300 bytes"}
    told = {found.external_id.split("@")[0]: found.refusal for found in Delivery.objects.all()}
    assert told == {"grown.csv": refusal, "large.csv": refusal, "small.csv": None}
    assert set(DeliveryChunk.objects.values_list("delivery__refusal", flat=True)) == {None}
    assert stores.look(bike_feed, lambda delivery: None) == 0


def test_a_page_above_the_limit_leaves_nothing_and_says_so(bike_feed, settings):
    settings.INTAKE_PAGE_MAX_BYTES = 10
    answer = requests.Response()
    answer.raw = io.BytesIO(b"x" * 11)
    with pytest.raises(pull.Unavailable, match="^the page is larger than 10 bytes$"):
        pull._read(answer)


@pytest.mark.parametrize(("deep", "refused"), [(198, False), (199, True)])
def test_json_is_read_to_a_depth_of_two_hundred(db, deep, refused):
    row = {"u": "7", "id": "1", "at": "2026-08-01 08:00", "n": "9", "more": json.loads("[" * deep + "]" * deep)}
    declared = {
        "container": {"kind": "json"},
        "zone": "UTC",
        "subject": {"column": "u"},
        "event_id": {"column": "id"},
        "cases": [{"scenario": "walking", "started_at": {"column": "at"}, "quantity": {"column": "n"}}],
    }
    feed = load_feed({"code": "json", "partner": "mobike", "format": declared})
    body = json.dumps([row]).encode()
    if refused:
        assert refusal_of(feed, body) == ("bad_json", "it is nested deeper than 200 levels")
    else:
        assert take_in(feed, body).rows == 1
