"""Files that a partner lays down: in a folder, and in a bucket that really speaks S3."""

import gzip
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import boto3
import pytest
from django.db import OperationalError
from moto.server import ThreadedMotoServer

from activities.intake import chunks, deliveries, stores
from activities.models import Activity, Delivery, Feed, PullState
from tests.activities.conftest import rides

RIDE = ("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")


def look(feed: Feed) -> int:
    feed = Feed.objects.select_related("partner").get(pk=feed.pk)
    return stores.look(feed, lambda delivery: deliveries.digest(delivery.pk))


def settle(path) -> None:
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_a_folders_files_are_taken_once_for_each_content(alice, bike_feed, link, settings, tmp_path):
    settings.INTAKE_FOLDER = tmp_path
    (tmp_path / "mobike" / "day").mkdir(parents=True)
    bike_feed.store = {"folder": "mobike", "names": "*.csv"}
    bike_feed.save()
    link(alice, bike_feed, "7")
    path = tmp_path / "mobike" / "day" / "a.csv"
    path.write_bytes(rides(RIDE))
    (tmp_path / "mobike" / "b.txt").write_bytes(b"no")
    assert look(bike_feed) == 0  # it may still be written
    settle(path)
    assert (look(bike_feed), look(bike_feed)) == (1, 0)
    path.write_bytes(rides(RIDE, ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "1.5")))
    settle(path)
    assert (look(bike_feed), Activity.objects.count(), Delivery.objects.filter(door="store").count()) == (1, 2, 2)


def test_a_missing_folder_and_a_file_that_is_too_large(bike_feed, settings, tmp_path):
    settings.INTAKE_FOLDER, settings.INTAKE_FILE_MAX_BYTES = tmp_path, 10
    bike_feed.store = {"folder": "mobike"}
    bike_feed.save()
    assert look(bike_feed) == 0
    (tmp_path / "mobike").mkdir()
    (tmp_path / "mobike" / "a.csv").write_bytes(rides(RIDE))
    settle(tmp_path / "mobike" / "a.csv")
    assert (look(bike_feed), look(bike_feed)) == (0, 0)
    assert Delivery.objects.get().refusal["code"] == "body_too_large"


def test_links_in_a_folder_are_not_followed(bike_feed, settings, tmp_path):
    settings.INTAKE_FOLDER = tmp_path / "in"
    (tmp_path / "in" / "mobike").mkdir(parents=True)
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "a.csv"
    secret.write_bytes(rides(RIDE))
    settle(secret)
    (tmp_path / "in" / "mobike" / "a.csv").symlink_to(secret)
    (tmp_path / "in" / "mobike" / "more").symlink_to(tmp_path / "secrets")
    (tmp_path / "in" / "outside").symlink_to(tmp_path / "secrets")
    for folder in ("mobike", "outside"):
        bike_feed.store = {"folder": folder}
        bike_feed.save()
        assert look(bike_feed) == 0
    assert not Delivery.objects.exists()


def test_a_file_that_cannot_be_read_keeps_nobody_from_reading_the_others(
    alice, bike_feed, link, settings, tmp_path, monkeypatch
):
    settings.INTAKE_FOLDER = tmp_path
    (tmp_path / "mobike").mkdir()
    bike_feed.store = {"folder": "mobike"}
    bike_feed.save()
    link(alice, bike_feed, "7")
    for name in ("a.csv", "b.csv"):
        (tmp_path / "mobike" / name).write_bytes(rides(RIDE))
        settle(tmp_path / "mobike" / name)
    open_ = stores._opening

    def refuse(path):
        def deny():
            raise PermissionError(13, "Permission denied")

        return deny if path.name == "a.csv" else open_(path)

    with monkeypatch.context() as patched:
        patched.setattr(stores, "_opening", refuse)
        assert look(bike_feed) == 1
    state = PullState.objects.get()
    assert state.problem == "a.csv: [Errno 13] Permission denied"
    assert (state.failures, state.leased_until) == (0, None)
    assert (look(bike_feed), PullState.objects.get().problem) == (1, "")


def test_a_look_at_many_files_asks_the_database_once(bike_feed, settings, tmp_path, django_assert_num_queries):
    settings.INTAKE_FOLDER = tmp_path
    (tmp_path / "mobike").mkdir()
    bike_feed.store = {"folder": "mobike"}
    bike_feed.save()
    for number in range(20):
        path = tmp_path / "mobike" / f"{number}.csv"
        path.write_bytes(rides((str(number), *RIDE[1:])))
        settle(path)
    assert look(bike_feed) == 20
    with django_assert_num_queries(6):  # the feed, its lease taken and given back, one comparison
        assert look(bike_feed) == 0


@pytest.fixture
def bucket(monkeypatch):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
    client.create_bucket(Bucket="trips")
    client.url = url
    yield client
    client.close()
    server.stop()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_buckets_objects_are_taken_once_by_key_and_etag(alice, bike_feed, link, bucket):
    bike_feed.store = {"bucket": "trips", "prefix": "out/", "endpoint_url": bucket.url, "access_key": "test"}
    bike_feed.store |= {"region": "us-east-1"}
    bike_feed.key = "test"
    bike_feed.save()
    link(alice, bike_feed, "7")
    bucket.put_object(Bucket="trips", Key="out/2016-08-01.csv.gz", Body=gzip.compress(rides(RIDE)))
    bucket.put_object(Bucket="trips", Key="other/x.csv", Body=b"no")
    assert (look(bike_feed), look(bike_feed)) == (1, 0)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.counts["accepted"]) == ("digested", 1)
    assert delivery.external_id.startswith("out/2016-08-01.csv.gz@")
    more = rides(RIDE, ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "1.5"))
    bucket.put_object(Bucket="trips", Key="out/2016-08-01.csv.gz", Body=more)
    assert (look(bike_feed), Activity.objects.count()) == (1, 2)
    bike_feed.store["bucket"] = "nowhere"
    bike_feed.save()
    assert look(bike_feed) == 0
    assert "NoSuchBucket" in PullState.objects.get().problem


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_of_two_objects_the_one_laid_later_counts_though_its_name_comes_first(alice, bike_feed, link, bucket):
    bike_feed.store = {"bucket": "trips", "prefix": "laid/", "endpoint_url": bucket.url, "access_key": "test"}
    bike_feed.store |= {"region": "us-east-1"}
    bike_feed.key = "test"
    bike_feed.save()
    link(alice, bike_feed, "7")
    bucket.put_object(Bucket="trips", Key="laid/z.csv", Body=rides((*RIDE[:4], "9")))
    time.sleep(1.1)  # S3 tells whole seconds
    bucket.put_object(Bucket="trips", Key="laid/a.csv", Body=rides(RIDE))
    assert look(bike_feed) == 2
    laid = {
        found["Key"]: found["LastModified"]
        for found in bucket.list_objects_v2(Bucket="trips", Prefix="laid/")["Contents"]
    }
    told = {delivery.external_id.split("@")[0]: delivery.sent_at for delivery in Delivery.objects.all()}
    assert told == laid
    assert Activity.objects.get().distance_m == 1500


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("style", "asked"), [("path", "127.0.0.1 /trips"), ("virtual", "trips.localhost /"), ("auto", "127.0.0.1 /trips")]
)
def test_a_bucket_is_addressed_as_its_store_wants_it_in_its_region(bike_feed, style, asked, monkeypatch):
    seen: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(
                (f"{self.headers['host'].split(':')[0]} {urlsplit(self.path).path}", self.headers["authorization"])
            )
            body = b"<ListBucketResult><Name>trips</Name><IsTruncated>false</IsTruncated></ListBucketResult>"
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    find = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: find("127.0.0.1", *more, **named))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = "localhost" if style == "virtual" else "127.0.0.1"
    bike_feed.store = {"bucket": "trips", "endpoint_url": f"http://{host}:{server.server_port}", "access_key": "AK"}
    bike_feed.store |= {"region": "cn-north-1", "addressing_style": style}
    bike_feed.key = "test"
    bike_feed.save()
    try:
        assert look(bike_feed) == 0
    finally:
        server.shutdown()
        server.server_close()
    ((where, signed),) = seen
    assert where == asked
    assert "/cn-north-1/s3/aws4_request" in signed
    assert (PullState.objects.get().problem, PullState.objects.get().failures) == ("", 0)


def test_a_full_disk_leaves_nothing_half_written(bike_feed, settings, tmp_path, monkeypatch):
    settings.INTAKE_FOLDER = tmp_path
    (tmp_path / "mobike").mkdir()
    bike_feed.store = {"folder": "mobike"}
    bike_feed.save()
    (tmp_path / "mobike" / "a.csv").write_bytes(rides(RIDE))
    settle(tmp_path / "mobike" / "a.csv")

    def full(**values):
        raise OperationalError("could not extend file: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(chunks.DeliveryChunk.objects, "create", full, raising=False)
        assert look(bike_feed) == 0
    state = PullState.objects.get()
    assert (Delivery.objects.exists(), state.leased_until) == (False, None)
    assert "No space left" in state.problem
    assert look(bike_feed) == 1
