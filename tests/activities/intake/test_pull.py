"""Pulled pages, from a partner that really answers over HTTP: every style, every refusal, and where we go on."""

import gzip
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.linking.models import Link
from activities.intake import deliveries, leases, pull, quality
from activities.models import Activity, Delivery, Feed, PullState, Supervision
from sandbox import conformance
from sandbox.conformance import Check
from sandbox.loading import load_feed

FORMAT = {
    "container": {"kind": "json", "path": "trips"},
    "zone": "UTC",
    "subject": {"column": "user"},
    "event_id": {"column": "id"},
    "cases": [
        {
            "scenario": "shared-bike",
            "started_at": {"column": "at"},
            "duration": {"column": "s"},
            "distance": {"column": "m"},
        }
    ],
}


def trip(number: int) -> dict:
    return {"id": str(number), "user": "7", "at": f"2026-08-01T{number:02}:00:00Z", "s": 600, "m": 1500}


@pytest.fixture
def partner_api():
    """`answer(path, query, headers)` gives (status, headers, document or bytes); `asked` is what was asked."""
    asked: list[tuple[str, dict]] = []

    class Handler(BaseHTTPRequestHandler):
        answer: Callable = staticmethod(lambda path, query, headers: (200, {}, {"trips": []}))

        def do_GET(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.append((parts.path, query))
            self.reply(*type(self).answer(parts.path, query, self.headers))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path != "/token":
                asked.append((self.path, json.loads(body)))
                self.reply(*type(self).answer(self.path, json.loads(body), self.headers))
                return
            good = self.headers["authorization"] == "Basic Y2xpZW50OnNlY3JldA=="
            self.reply(200 if good else 401, {}, {"access_token": "t0ken"} if good else {})

        def reply(self, status, headers, document):
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.asked, server.handler = asked, Handler
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_feed(db, partner_api):
    def make(**declared) -> Feed:
        feed = load_feed({"code": "pulled", "partner": "mobike", "format": FORMAT})
        feed.pull = {"url": f"{partner_api.url}/trips", **declared}
        feed.save()
        return Feed.objects.select_related("partner").get(pk=feed.pk)

    return make


def fetch(feed: Feed) -> int:
    return pull.pull(feed, lambda delivery: deliveries.digest(delivery.pk))


def names() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("external_id", flat=True))


def test_cursor_pages_become_deliveries_and_the_cursor_is_kept(alice, link, partner_api, make_feed):
    pages = {None: ([1, 2], "b"), "b": ([3], "c"), "c": ([4], None)}

    def answer(path, query, headers):
        rows, following = pages[query.get("cursor")]
        return 200, {}, {"trips": [trip(n) for n in rows], "meta": {"next": following}}

    partner_api.handler.answer = staticmethod(answer)
    feed = make_feed(style="cursor", parameter="cursor", next="meta.next", size_parameter="limit", size=2)
    link(alice, feed, "7")
    assert fetch(feed) == 3
    assert partner_api.asked[0] == ("/trips", {"limit": "2"})
    assert names() == ["cursor=start", "cursor=b", "cursor=c"]
    assert (Activity.objects.count(), PullState.objects.get().position) == (4, "c")
    assert fetch(feed) == 0  # the last page is the same
    pages["c"] = ([4, 5], None)  # and grows
    assert (fetch(feed), Activity.objects.count()) == (1, 5)


def test_two_long_cursors_that_end_alike_are_two_pages(partner_api, make_feed):
    first, second = ("x" * 200, "y" + "x" * 199)
    pages = {None: first, first: second, second: None}

    def answer(path, query, headers):
        return 200, {}, {"trips": [trip(1)], "meta": {"next": pages[query.get("cursor")]}}

    partner_api.handler.answer = staticmethod(answer)
    assert fetch(make_feed(style="cursor", parameter="cursor", next="meta.next")) == 3
    assert len(set(names())) == 3


def test_a_cursor_for_ever_is_followed_no_further_than_an_empty_page(partner_api, make_feed):
    def answer(path, query, headers):
        at = int(query.get("cursor", 0))
        return 200, {}, {"trips": [trip(1)] if at == 0 else [], "next": str(at + 1)}

    partner_api.handler.answer = staticmethod(answer)
    feed = make_feed(style="cursor", parameter="cursor", next="next")
    assert (fetch(feed), len(partner_api.asked), PullState.objects.get().position) == (1, 2, "2")
    assert (fetch(feed), len(partner_api.asked), PullState.objects.get().position) == (0, 3, "3")


@pytest.mark.parametrize("style", ["cursor", "link"])
def test_pages_that_are_gzip_themselves_are_followed(partner_api, make_feed, style):
    def answer(path, query, headers):
        at = int(query.get("at", 0))
        following = None if at == 2 else f"/trips?at={at + 1}" if style == "link" else at + 1
        return 200, {}, gzip.compress(json.dumps({"trips": [trip(at)], "next": following}).encode())

    partner_api.handler.answer = staticmethod(answer)
    assert fetch(make_feed(style=style, parameter="at", next="next")) == 3
    assert [query for _path, query in partner_api.asked] == [{}, {"at": "1"}, {"at": "2"}]


def test_links_are_followed_but_never_to_another_host(partner_api, make_feed):
    def answer(path, query, headers):
        if "page" in query:
            return 200, {"Link": '<https://elsewhere.example/trips>; rel="next"'}, {"trips": [trip(2)]}
        return 200, {"Link": '</trips?page=2>; rel="next"'}, {"trips": [trip(1)]}

    partner_api.handler.answer = staticmethod(answer)
    assert fetch(make_feed(style="link")) == 2
    state = PullState.objects.get()
    assert "elsewhere" in state.problem
    assert state.failures == 1


def test_a_link_without_tls_or_with_another_port_is_not_followed(partner_api, make_feed):
    address = partner_api.url.replace("http:", "https:")
    partner_api.handler.answer = staticmethod(
        lambda *_: (200, {"Link": f'<{address}/trips?page=2>; rel="next"'}, {"trips": [trip(1)]})
    )
    assert fetch(make_feed(style="link")) == 1
    assert PullState.objects.get().problem == f"the next page is elsewhere: {address}/trips?page=2"


def test_numbered_pages_end_at_the_first_empty_one(partner_api, make_feed):
    def answer(path, query, headers):
        return 200, {}, {"trips": [trip(int(query["page"]))] if int(query["page"]) < 3 else []}

    partner_api.handler.answer = staticmethod(answer)
    feed = make_feed(style="number", parameter="page")
    assert (fetch(feed), PullState.objects.get().position) == (2, "2")
    assert (fetch(feed), names()) == (0, ["page=1", "page=2"])
    assert [query["page"] for _path, query in partner_api.asked] == ["1", "2", "3", "2", "3"]


def test_a_numbered_page_that_was_half_full_is_read_again_when_it_has_grown(alice, link, partner_api, make_feed):
    pages = {"1": [1, 2], "2": [3]}
    partner_api.handler.answer = staticmethod(
        lambda path, query, headers: (200, {}, {"trips": [trip(n) for n in pages.get(query["page"], [])]})
    )
    feed = make_feed(style="number", parameter="page")
    link(alice, feed, "7")
    assert (fetch(feed), Activity.objects.count()) == (2, 3)
    pages |= {"2": [3, 4], "3": [5]}
    assert (fetch(feed), Activity.objects.count()) == (2, 5)
    assert PullState.objects.get().position == "3"
    pages.clear()
    for position in ("2", "1", "1"):
        assert (fetch(feed), PullState.objects.get().position) == (0, position)


def test_a_page_that_grows_is_no_partner_that_repeats_itself(alice, link, partner_api, make_feed):
    rows: list[int] = []
    partner_api.handler.answer = staticmethod(lambda *_: (200, {}, {"trips": [trip(n) for n in rows]}))
    feed = make_feed(style="cursor", parameter="cursor", next="next")
    link(alice, feed, "7")
    for number in range(20):
        rows.append(number)
        assert fetch(feed) == 1
    assert sum(delivery.counts["duplicates"] for delivery in Delivery.objects.all()) == 190
    assert list(Delivery.objects.order_by("id").values_list("read_again", flat=True)) == [False] + [True] * 19
    quality.ensure()
    Supervision.objects.update(rows_min=1)
    found = quality.measure(Supervision.objects.filter(partner=feed.partner))[feed.partner_id]
    assert (found.rows, found.duplicates, found.score) == (20, 0, 90)  # of August, and therefore late
    assert quality.supervise() == []


def test_hours_not_over_not_ready_and_empty(partner_api, make_feed):
    answers = {
        "2026-08-01T00": (200, {"trips": [trip(1)]}),
        "2026-08-01T01": (200, {"trips": []}),
        "2026-08-01T02": (202, {}),
    }

    def answer(path, query, headers):
        status, document = answers.get(query["end_time"], (404, {}))
        return status, {}, document

    partner_api.handler.answer = staticmethod(answer)
    feed = make_feed(style="hours", parameter="end_time", time_format="%Y-%m-%dT%H", start="2026-08-01T08:00:00+08:00")
    assert (fetch(feed), names()) == (1, ["end_time=2026-08-01T00"])
    assert PullState.objects.get().position == "2026-08-01T02:00:00+00:00"
    assert (fetch(feed), PullState.objects.get().failures) == (0, 0)
    answers["2026-08-01T02"] = (200, b"")
    answers["2026-08-01T03"] = (200, {"trips": [trip(3)]})
    assert (fetch(feed), PullState.objects.get().position) == (1, "2026-08-01T04:00:00+00:00")


def test_windows_go_to_the_present_and_no_further(partner_api, make_feed):
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    partner_api.handler.answer = staticmethod(lambda path, query, headers: (200, {}, {"trips": [trip(1)]}))
    feed = make_feed(
        style="window",
        parameter="from",
        until_parameter="to",
        time_format="epoch_s",
        start=start.isoformat(),
        lag_minutes=0,
    )
    assert fetch(feed) == 3
    first = int(start.timestamp())
    assert partner_api.asked[0][1] == {"from": str(first), "to": str(first + 3600)}


def hours_ago(count: int) -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=count)


WINDOW = {"style": "window", "parameter": "from", "until_parameter": "to", "time_format": "epoch_s", "lag_minutes": 0}


def test_a_window_has_pages_within_and_a_dead_puller_goes_on_at_the_page(partner_api, make_feed):
    start = hours_ago(2)
    first, second = int(start.timestamp()), int(start.timestamp()) + 3600
    pages = {(first, None): ([1], "b"), (first, "b"): ([2], None), (second, None): ([], None)}

    def answer(path, query, headers):
        rows, following = pages[int(query["from"]), query.get("cursor")]
        return 200, {}, {"trips": [trip(n) for n in rows], "next": following}

    partner_api.handler.answer = staticmethod(answer)
    within = {"style": "cursor", "parameter": "cursor", "next": "next", "size_parameter": "limit", "size": 1}
    feed = make_feed(**WINDOW, start=start.isoformat(), pages=within)
    kept: list[Delivery] = []

    def die_at_the_second(delivery):
        if kept:
            raise RuntimeError("killed")
        kept.append(delivery)

    with pytest.raises(RuntimeError):
        pull.pull(feed, die_at_the_second)
    assert PullState.objects.get().position == f"{start.isoformat()} b"
    PullState.objects.update(leased_until=None)
    partner_api.asked.clear()
    assert fetch(feed) == 1
    window = {"from": str(first), "to": str(second), "limit": "1"}
    assert [query for _path, query in partner_api.asked] == [
        {**window, "cursor": "b"},
        {"from": str(second), "to": str(second + 3600), "limit": "1"},
    ]
    assert names() == [f"from={first}&to={second}&cursor=start", f"from={first}&to={second}&cursor=b"]
    assert PullState.objects.get().position == (start + timedelta(hours=2)).isoformat()


def test_a_windows_numbered_pages_end_at_the_first_empty_one(partner_api, make_feed):
    partner_api.handler.answer = staticmethod(
        lambda path, query, headers: (200, {}, {"trips": [trip(1)] if int(query["page"]) < 2 else []})
    )
    feed = make_feed(
        **WINDOW, start=hours_ago(2).isoformat(), pages={"style": "number", "parameter": "page", "first": 0}
    )
    assert fetch(feed) == 4
    assert [query["page"] for _path, query in partner_api.asked] == ["0", "1", "2"] * 2


def test_a_windows_links_are_followed_as_they_are(partner_api, make_feed):
    def answer(path, query, headers):
        following = {"Link": '</trips?token=t2>; rel="next"'} if "token" not in query else {}
        return 200, following, {"trips": [trip(1)]}

    partner_api.handler.answer = staticmethod(answer)
    start = hours_ago(1)
    assert fetch(make_feed(**WINDOW, start=start.isoformat(), pages={"style": "link"})) == 2
    first = int(start.timestamp())
    window = {"from": str(first), "to": str(first + 3600)}
    assert [query for _path, query in partner_api.asked] == [window, {"token": "t2"}]


def test_parameters_are_posted_in_the_document_that_is_declared(partner_api, make_feed):
    def answer(path, document, headers):
        assert headers["content-type"] == "application/json"
        following = "b" if "cursor" not in document["page"] else None
        return 200, {}, {"trips": [trip(1)] if following else [trip(2)], "next": following}

    partner_api.handler.answer = staticmethod(answer)
    body = {"filter": {"state": ["done"]}, "page": {"order": "asc"}}
    feed = make_feed(
        style="cursor",
        parameter="page.cursor",
        next="next",
        size_parameter="page.limit",
        size=2,
        method="post",
        body=body,
    )
    assert (fetch(feed), names()) == (2, ["page.cursor=start", "page.cursor=b"])
    page = {"order": "asc", "limit": 2}
    assert [document for _path, document in partner_api.asked] == [
        {**body, "page": page},
        {**body, "page": {**page, "cursor": "b"}},
    ]
    assert Feed.objects.get(pk=feed.pk).pull["body"] == body


def test_a_list_with_the_newest_first_is_read_to_what_is_known(alice, link, partner_api, make_feed):
    rows = [trip(n) for n in range(6, 0, -1)]

    def answer(path, query, headers):
        first = 2 * (int(query["page"]) - 1)
        return 200, {}, {"trips": rows[first : first + 2]}

    partner_api.handler.answer = staticmethod(answer)
    feed = make_feed(style="number", parameter="page", newest_first=True)
    link(alice, feed, "7")

    def look() -> list[str]:
        partner_api.asked.clear()
        fetch(feed)
        return [query["page"] for _path, query in partner_api.asked]

    assert (look(), Activity.objects.count()) == (["1", "2", "3", "4"], 6)
    assert (look(), Delivery.objects.count()) == (["1"], 3)
    rows[:0] = [trip(9), trip(8), trip(7)]
    assert (look(), Activity.objects.count()) == (["1", "2"], 9)
    rows.remove(trip(9))  # what we remember as the newest is gone
    rows[:0] = [trip(10)]
    assert (look(), Activity.objects.count()) == (["1"], 10)
    changed = {**rows.pop(), "m": 900}  # the oldest was changed, and is listed first
    rows[:0] = [changed, trip(13), trip(12), trip(11)]
    assert (look(), Activity.objects.count()) == (["1", "2", "3"], 13)
    assert Activity.objects.get(started_at="2026-08-01T01:00Z").distance_m == 900


def test_a_walk_that_died_goes_on_and_the_next_one_begins_at_the_top(alice, link, partner_api, make_feed, monkeypatch):
    rows = [trip(n) for n in range(6, 0, -1)]

    def answer(path, query, headers):
        first = int(query.get("cursor", 0))
        return 200, {}, {"trips": rows[first : first + 2], "next": first + 2 if first + 2 < len(rows) else None}

    partner_api.handler.answer = staticmethod(answer)
    monkeypatch.setattr(pull, "PAGES_AT_ONCE", 2)
    feed = make_feed(style="cursor", parameter="cursor", next="next", newest_first=True)
    link(alice, feed, "7")
    assert (fetch(feed), Activity.objects.count()) == (2, 4)
    rows[:0] = [trip(8), trip(7)]  # meanwhile
    assert fetch(feed) == 2
    assert (fetch(feed), Activity.objects.count()) == (2, 8)  # the new page, and the one with what is known
    assert fetch(feed) == 0


def test_a_pause_longer_than_six_hours_is_cut_and_said_so(partner_api, make_feed):
    partner_api.handler.answer = staticmethod(lambda *_: (429, {"Retry-After": "86400"}, {}))
    assert fetch(make_feed(style="number", parameter="page")) == 0
    state = PullState.objects.get()
    assert 21_590 < (state.due_at - timezone.now()).total_seconds() <= 21_600
    assert state.problem.endswith("; it asks us to wait 86400 s, and is asked again after 21600 s")
    assert names() == []


def test_retry_after_is_obeyed_and_failures_back_off(partner_api, make_feed):
    feed = make_feed(style="number", parameter="page")
    partner_api.handler.answer = staticmethod(lambda *_: (429, {"Retry-After": "1800"}, {}))
    assert fetch(feed) == 0
    state = PullState.objects.get()
    assert 1790 < (state.due_at - timezone.now()).total_seconds() <= 1800
    partner_api.handler.answer = staticmethod(lambda *_: (500, {}, {}))
    fetch(feed)
    state.refresh_from_db()
    assert (state.failures, state.problem.split(" ")[0]) == (2, "500")
    assert 110 < (state.due_at - timezone.now()).total_seconds() <= 120
    assert (names(), leases.due()) == ([], [])


def test_client_credentials_and_a_key_in_a_header(partner_api, make_feed):
    seen = []

    def answer(path, query, headers):
        seen.append((headers.get("authorization"), headers.get("x-api-key"), headers.get("accept")))
        return 200, {}, {"trips": []}

    partner_api.handler.answer = staticmethod(answer)
    auth = {"kind": "client_credentials", "token_url": f"{partner_api.url}/token", "scope": "trips"}
    feed = make_feed(style="number", parameter="page", auth=auth, accept="application/vnd.mds+json;version=2.0")
    feed.partner.client_id, feed.partner.client_secret = "client", "secret"
    fetch(feed)
    feed.pull["auth"], feed.key = {"kind": "header", "header": "X-Api-Key", "prefix": ""}, "k3y"
    fetch(feed)
    assert seen == [
        ("Bearer t0ken", None, "application/vnd.mds+json;version=2.0"),
        (None, "k3y", "application/vnd.mds+json;version=2.0"),
    ]


def test_one_puller_at_a_time_and_a_dead_one_is_replaced(partner_api, make_feed):
    feed = make_feed(style="number", parameter="page")
    assert leases.due() == [feed.pk]
    taken = leases.take(feed)
    assert taken is not None
    assert (fetch(feed), partner_api.asked, leases.due()) == (0, [], [])
    PullState.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert leases.due() == [feed.pk]
    assert leases.take(feed) is not None
    assert not leases.advance(taken, "9")  # the dead one comes back, too late
    assert PullState.objects.get().position == ""


def test_a_fetch_that_cannot_have_company_takes_the_place_of_the_one_that_died(partner_api, make_feed):
    feed = make_feed(style="number", parameter="page")
    dead = leases.take(feed)
    assert dead is not None
    assert leases.take(feed) is None
    assert leases.take(feed, alone=True) is not None
    assert not leases.advance(dead, "9")


def test_a_puller_that_dies_goes_on_where_it_was(partner_api, make_feed):
    partner_api.handler.answer = staticmethod(
        lambda path, query, headers: (200, {}, {"trips": [trip(int(query["page"]))] if int(query["page"]) < 3 else []})
    )
    feed = make_feed(style="number", parameter="page")

    def die(delivery):
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        pull.pull(feed, die)
    assert (names(), PullState.objects.get().position) == ([], "")
    PullState.objects.update(leased_until=None)
    assert (fetch(feed), names()) == (2, ["page=1", "page=2"])


def test_a_page_is_as_old_as_it_says_and_an_older_one_does_not_correct(alice, link, partner_api, make_feed):
    told = {"metres": 1500, "at": "Sat, 01 Aug 2026 05:00:00 GMT"}
    partner_api.handler.answer = staticmethod(
        lambda *_: (200, {"Last-Modified": told["at"]}, {"trips": [{**trip(1), "m": told["metres"]}]})
    )
    feed = make_feed(style="cursor", parameter="cursor", next="next")
    link(alice, feed, "7")
    assert fetch(feed) == 1
    assert Delivery.objects.get().sent_at == datetime(2026, 8, 1, 5, tzinfo=UTC)
    told |= {"metres": 900, "at": "Sat, 01 Aug 2026 04:00:00 GMT"}  # fetched later, made earlier
    assert (fetch(feed), Activity.objects.get().distance_m) == (1, 1500)
    told |= {"metres": 2000, "at": "Sat, 01 Aug 2026 06:00:00 GMT"}
    assert (fetch(feed), Activity.objects.get().distance_m) == (1, 2000)


@pytest.mark.parametrize(
    ("told", "hour"),
    [("Sat, 01 Aug 2026 05:00:00 +0800", -3), ("Sat, 01 Aug 2026 05:00:00 -0000", 5)],
)
def test_a_date_has_its_own_offset(partner_api, make_feed, told, hour):
    partner_api.handler.answer = staticmethod(lambda *_: (200, {"Last-Modified": told}, {"trips": [trip(1)]}))
    assert fetch(make_feed(style="cursor", parameter="cursor", next="next")) == 1
    assert Delivery.objects.get().sent_at == datetime(2026, 8, 1, tzinfo=UTC) + timedelta(hours=hour)


def test_without_a_date_of_its_own_a_page_is_as_old_as_its_answer(partner_api, make_feed):
    partner_api.handler.answer = staticmethod(lambda *_: (200, {"Last-Modified": "yesterday"}, {"trips": [trip(1)]}))
    assert fetch(make_feed(style="cursor", parameter="cursor", next="next")) == 1
    assert abs(Delivery.objects.get().sent_at - timezone.now()) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("now", "made"),
    [("04:59:59.900", "04:59:59.900000"), ("05:00:00.250", "05:00:00.250000"), ("05:00:07.000", "05:00:00.999999")],
)
def test_pages_of_one_second_are_in_the_order_of_their_answers(partner_api, make_feed, monkeypatch, now, made):
    partner_api.handler.date_time_string = lambda *_: "Sat, 01 Aug 2026 05:00:00 GMT"
    partner_api.handler.answer = staticmethod(lambda *_: (200, {}, {"trips": [trip(1)]}))
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(f"2026-08-01T{now}+00:00"))
    fetch(make_feed(style="cursor", parameter="cursor", next="next"))
    assert Delivery.objects.get().sent_at == datetime.fromisoformat(f"2026-08-01T{made}+00:00")


def test_retry_after_may_be_a_date_and_never_waits_for_ever(partner_api, make_feed):
    feed = make_feed(style="number", parameter="page")
    at = timezone.now() + timedelta(minutes=30)
    for text, least_s, most_s in (
        (f"{at:%a, %d %b %Y %H:%M:%S} GMT", 1790, 1801),
        ("soon", 119, 121),  # not understood: as after any failure, the second one
        (str(10**9), 0, 7 * 86_400),
        ("²", 479, 481),
        ("9" * 5000, 959, 961),
    ):
        partner_api.handler.answer = staticmethod(lambda *_, text=text: (503, {"Retry-After": text}, {}))
        PullState.objects.update(due_at=timezone.now())
        assert fetch(feed) == 0
        wait_s = (PullState.objects.get().due_at - timezone.now()).total_seconds()
        assert least_s <= wait_s <= most_s, text
    assert names() == []


def test_a_page_that_is_too_large_is_not_kept(partner_api, make_feed, settings):
    settings.INTAKE_PAGE_MAX_BYTES = 50
    partner_api.handler.answer = staticmethod(lambda *_: (200, {}, {"trips": [trip(1)]}))
    assert fetch(make_feed(style="number", parameter="page")) == 0
    assert (names(), "larger than 50 bytes" in PullState.objects.get().problem) == ([], True)


def test_conforming_tells_what_becomes_of_the_first_page_and_leaves_nothing(partner_api, make_feed):
    rows = [trip(1), trip(2), {**trip(3), "m": -1}]
    partner_api.handler.answer = staticmethod(lambda *_: (200, {}, {"trips": rows}))
    found = list(conformance.check_pull(make_feed(style="number", parameter="page")))
    checks = [(check.name, check.passed) for check in found if isinstance(check, Check)]
    assert checks == [("the first page has rows", True), ("the page again credits nothing", True)]
    lines = {" ".join(line.split()) for line in found[1].describe()}
    assert {"rows 3", "accepted 2", "duplicates 0, and 2 when it comes again", "quarantined 1"} <= lines
    assert "line 3: value_negative: m: -1 is negative; at least 0 is expected" in lines
    for model in (Delivery, Activity, Link, PullState):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ("answer", "name", "says"),
    [
        ((202, {}, {}), "the first page is ready", "try an earlier `start`"),
        ((200, {}, {"trips": []}), "the first page has rows", "there are none"),
        ((200, {}, b""), "the first page has rows", "there are none"),
        ((200, {}, {"rides": [trip(1)]}), "the first page is understood", "there is no 'trips'"),
        ((500, {}, {}), "the first page is understood", "500 from"),
    ],
)
def test_conforming_says_what_is_wrong_with_the_first_page(partner_api, make_feed, answer, name, says):
    partner_api.handler.answer = staticmethod(lambda *_: answer)
    feed = make_feed(style="hours", parameter="h", time_format="%Y-%m-%dT%H", start="2026-08-01T00:00:00+00:00")
    failed = [check for check in conformance.check_pull(feed) if isinstance(check, Check) and not check.passed]
    assert [check.name for check in failed] == [name]
    assert says in failed[0].fix
