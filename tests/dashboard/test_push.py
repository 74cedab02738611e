"""Web push as a push service sees it: encrypted, signed; gone browsers are removed, failures retried."""

import base64
import json
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from py_vapid import Vapid02

from config import clock
from config import settings as configured
from dashboard.notifications import inbox, outbox, push
from dashboard.notifications.models import Dispatch, Notice, Subscription
from dashboard.notifications.sources import Draft

AUTH = b"sixteen bytes ok"
NOON = datetime(2026, 11, 18, 12, tzinfo=clock.city_zone())


def text_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Service:
    """A push service on this machine that reads what a browser would."""

    def __init__(self) -> None:
        self.browser_key = ec.generate_private_key(ec.SECP256R1())
        self.answers: list[int] = []
        self.requests: list[dict] = []
        self.leads_to = ""
        service = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.requests.append({"headers": self.headers, "body": body, "path": self.path})
                self.send_response(service.answers.pop(0) if service.answers else 201)
                if service.leads_to:
                    self.send_header("Location", service.leads_to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Door)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def subscription(self, name: str = "one") -> dict:
        public = self.browser_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.origin}/{name}", "keys": {"p256dh": text_of(public), "auth": text_of(AUTH)}}

    def read(self, number: int = -1) -> dict:
        body = self.requests[number]["body"]
        clear = http_ece.decrypt(body, private_key=self.browser_key, auth_secret=AUTH, version="aes128gcm")
        return json.loads(clear)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service(settings, monkeypatch):
    started = Service()
    vapid = ec.generate_private_key(ec.SECP256R1())
    settings.VAPID_PRIVATE_KEY = text_of(vapid.private_numbers().private_value.to_bytes(32, "big"))
    settings.PUSH_SERVICES = [started.origin]
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    yield started
    started.close()


def tell(citizen):
    facts = {"partner_zh": "单车", "partner_en": "Bikes"}
    inbox.add([Draft(citizen.pk, "link_renewal", "link_renewal:1", facts)])
    Notice.objects.update(created_at=NOON)
    outbox.spread()
    Dispatch.objects.filter(channel="email").delete()


def test_a_browser_reads_what_was_told(service, alice):
    push.subscribe(alice, service.subscription())
    tell(alice)
    assert (outbox.send_due(), outbox.send_due()) == (1, 0)
    assert len(service.requests) == 1
    told = service.read()
    assert (told["title"], told["url"]) == ("Bikes needs your consent again", "/links/")
    assert told["tag"] == str(Notice.objects.get().pk)
    request = service.requests[0]
    assert b"Bikes" not in request["body"]
    assert (request["path"], request["headers"]["Content-Encoding"], request["headers"]["TTL"]) == (
        "/one",
        "aes128gcm",
        "86400",
    )
    assert Vapid02.verify(request["headers"]["Authorization"])


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_the_others_are_told(service, alice, status):
    push.subscribe(alice, service.subscription("old"))
    push.subscribe(alice, service.subscription("new"))
    service.answers = [status, 201]
    tell(alice)
    assert outbox.send_due() == 1
    assert Subscription.objects.count() == 1
    assert Dispatch.objects.get().sent


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_service_is_tried_again(service, alice, status, monkeypatch):
    push.subscribe(alice, service.subscription())
    service.answers = [status]
    tell(alice)
    assert outbox.send_due() == 0
    assert Subscription.objects.count() == 1
    assert outbox.send_due() == 0  # claimed
    monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(minutes=16))
    assert outbox.send_due() == 1
    assert [service.read(number)["tag"] for number in (0, 1)] == [str(Notice.objects.get().pk)] * 2
    assert Dispatch.objects.get().sent


def test_a_service_that_does_not_answer_is_no_loss(service, alice):
    push.subscribe(alice, service.subscription())
    service.close()
    tell(alice)
    assert outbox.send_due() == 0
    assert Dispatch.objects.get().closed_at is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_service_leads_nowhere_else(service, alice, status):
    push.subscribe(alice, service.subscription())
    service.answers, service.leads_to = [status], f"{service.origin}/elsewhere"
    tell(alice)
    assert outbox.send_due() == 0
    assert [one["path"] for one in service.requests] == ["/one"]
    assert Subscription.objects.count() == 1


def test_a_service_that_is_known_no_more_is_not_called(service, alice, settings):
    push.subscribe(alice, service.subscription())
    settings.PUSH_SERVICES = ["https://push.example"]
    tell(alice)
    assert outbox.send_due() == 0
    assert not service.requests
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://web.push.apple.com/QGl-_x",
        "https://fcm.googleapis.com/fcm/send/dX:APA91b-_",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA==",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2f%3d",
    ],
)
def test_addresses_of_the_large_services_are_taken(service, alice, settings, endpoint):
    settings.PUSH_SERVICES = configured.PUSH_SERVICES
    push.subscribe(alice, service.subscription() | {"endpoint": endpoint})
    assert json.loads(Subscription.objects.get().content)["endpoint"] == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        r"https://127.0.0.1\@web.push.apple.com/x",
        r"https://127.0.0.1:6379\.push.apple.com/x",
        "https://127.0.0.1@web.push.apple.com/x",
        "https://web.push.apple.com@127.0.0.1/x",
        "https://127.0.0.1/@web.push.apple.com/x",
        "https://127.0.0.1#.push.apple.com/x",
        "https://127.0.0.1?.push.apple.com/x",
        "https://web.push.apple.com:22/x",
        "https://fcm.googleapis.com:8443/x",
        "https://web.push.apple.com/x\r\nHost: 127.0.0.1",
        "https://web.push.apple.com/x\n",
        "\thttps://web.push.apple.com/x",
        "https://web.push.apple.com\x00.example/x",
        "https://web.push.apple.com",
        "https://push.apple.com.example/x",
        "https://evilpush.apple.com/x",
        "https://[::1]/x",
        "http://web.push.apple.com/x",
        "//web.push.apple.com/x",
    ],
)
def test_an_address_that_could_be_read_in_two_ways_is_refused(service, alice, settings, endpoint):
    settings.PUSH_SERVICES = configured.PUSH_SERVICES
    with pytest.raises(push.SubscriptionUnfit):
        push.subscribe(alice, service.subscription() | {"endpoint": endpoint})
    assert not Subscription.objects.exists()
