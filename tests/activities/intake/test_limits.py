"""What is too large is refused with a stable code that names the limit and the value, and nothing of it is taken in."""

import gzip
import io
import json
import zipfile

import pytest

from activities.intake import deliveries, documents, lines, readers, unpacking
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
