"""What pages cost: what Home weighs at the first visit, compressed, and how often each asks the database."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sandbox import pages
from tests.dashboard.conftest import TODAY

LIMIT_BYTES = 120 * 1024


def test_the_first_load_of_home_is_light(signed_in, alice, make_activity):
    make_activity(alice)
    html = signed_in.get("/home/").content
    files = set(re.findall(r'(?:href|src)="/static/([^"#?]+)', html.decode()))
    assert {"css/app.css", "css/dark.css", "icons.svg"} <= files
    assert sum(name.endswith(".woff2") for name in files) == 2
    assert not any("plotly" in name for name in files)
    sizes = {name: len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in files}
    assert len(gzip.compress(html)) + sum(sizes.values()) < LIMIT_BYTES, sizes


def test_no_page_takes_more_than_twelve_queries(signed_in, alice, make_activity, total):
    for number in range(40):
        make_activity(alice, TODAY - timedelta(days=number), hour=number % 24)
        total(alice, TODAY - timedelta(days=number), 67_760, 7)
    taken = {}
    for address in (pages.PUBLIC | pages.of(alice.user)).values():
        with CaptureQueriesContext(connection) as queries:
            signed_in.get(address)
        taken[address] = sum("SAVEPOINT" not in query["sql"] for query in queries)  # the test's own transaction
    assert max(taken.values()) <= 12, taken


def test_pages_are_sent_compressed(client, db):
    answer = client.get("/", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"<!doctype html>" in gzip.decompress(answer.content)
