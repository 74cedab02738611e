"""Linking from the app: ticket, system browser, deep link, claim."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as DjangoClient
from django.utils import timezone

from accounts.linking import links, revocations, tickets
from accounts.linking.models import Grant, Link, Revocation, Ticket
from accounts.models import Consent, ConsentText
from tests.linking.conftest import allow, clear_texts, connect, publish

pytestmark = pytest.mark.django_db(transaction=True)


class App:
    """The app of a citizen, with a session token."""

    def __init__(self, citizen):
        client = DjangoClient()
        client.force_login(citizen.user)
        self.headers = {"X-Session-Token": client.session.session_key, "Accept-Language": "en"}

    def call(self, method, path, data=None):
        body = {} if data is None else {"data": data, "content_type": "application/json"}
        return getattr(DjangoClient(), method)(f"/api/v1/{path}", **body, headers=self.headers)

    def ticket(self, version=1, partner="swift-bike"):
        return self.call("post", f"links/{partner}/ticket", {"consent_version": version})

    def claim(self, code):
        return self.call("post", "links/complete", {"code": code})


@pytest.fixture
def go(open_browser, live_server):
    """Open a ticket's address in a browser that is signed in nowhere; returns what the deep link says."""

    def go_(url, person=1, **changes):
        browser = open_browser()
        browser.get(urlsplit(url).path)
        browser.submit("go", go="on")
        if browser.at.startswith("http"):
            allow(browser, person, **changes)
        scheme, rest = browser.at.split("://", 1)
        assert (scheme, rest.partition("?")[0]) == ("tanpuhui", "linked")
        return {key: values[0] for key, values in parse_qs(rest.partition("?")[2]).items()}

    return go_


def test_the_app_links_through_the_browser(alice, bike, go):
    app = App(alice)
    text = app.call("get", "links/swift-bike/consent").json()
    shown = ConsentText.objects.get(partner=bike, version=1)
    assert (text["version"], text["reads"], text["purpose"], text["retention"]) == (
        1,
        shown.reads_en,
        shown.purpose_en,
        shown.retention_en,
    )
    answer = app.ticket()
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 600
    said = go(answer.json()["url"])
    assert not Link.objects.exists()
    answer = app.claim(said["code"])
    assert answer.status_code == 201
    link = Link.objects.get()
    assert (link.citizen, link.subject, link.consent.channel) == (alice, "BIKE-000001", "app")
    assert answer.json()["id"] == str(link.pk)
    assert Grant.objects.filter(link=link).exists()
    ticket = Ticket.objects.get()
    assert (ticket.code, ticket.result_encrypted, ticket.completed_at is not None) == (None, "", True)


def test_the_answer_waits_encrypted(alice, bike, go):
    said = go(App(alice).ticket().json()["url"])
    ticket = Ticket.objects.get()
    assert ticket.code == said["code"]
    access = tickets._read(ticket)[1].access
    assert access and access not in clear_texts()
    assert "BIKE-000001" not in clear_texts()


def test_a_ticket_opens_once(alice, bike, open_browser, go):
    url = App(alice).ticket().json()["url"]
    go(url)
    browser = open_browser()
    assert browser.get(urlsplit(url).path).status_code == 410
    assert browser.get("/links/app/unknown/").status_code == 410


def test_an_old_ticket_opens_nothing(alice, bike, open_browser):
    url = App(alice).ticket().json()["url"]
    Ticket.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert open_browser().get(urlsplit(url).path).status_code == 410


def test_a_code_is_claimed_once_and_by_the_same_citizen(alice, bob, bike, go):
    said = go(App(alice).ticket().json()["url"])
    answer = App(bob).claim(said["code"])
    assert (answer.status_code, answer.json()["code"]) == (400, "link_code_unknown")
    assert not Link.objects.exists()
    assert App(alice).claim(said["code"]).status_code == 201
    assert App(alice).claim(said["code"]).status_code == 400
    assert Link.objects.count() == 1


def test_a_code_grows_old(alice, bike, go):
    said = go(App(alice).ticket().json()["url"])
    Ticket.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert App(alice).claim(said["code"]).json()["code"] == "link_code_unknown"
    assert tickets.sweep() == 1
    assert tickets.sweep() == 0
    assert Revocation.objects.count() == 2
    assert revocations.run() == {"done": 2, "failed": 0}
    assert Ticket.objects.get().result_encrypted == ""


@pytest.mark.parametrize(
    ("changes", "code"), [({"action": "cancel"}, "cancelled"), ({"scopes": ["openid"]}, "scope_not_granted")]
)
def test_a_refusal_comes_back_to_the_app(alice, bike, go, changes, code):
    assert go(App(alice).ticket().json()["url"], **changes) == {"error": code}
    assert not Link.objects.exists()


def test_an_account_linked_by_another_is_refused_at_the_claim(alice, bob, bike, go, open_browser):
    connect(open_browser(alice))
    said = go(App(bob).ticket().json()["url"])
    answer = App(bob).claim(said["code"])
    assert (answer.status_code, answer.json()["code"]) == (409, "linked_to_other_citizen")
    assert Link.objects.get().citizen == alice


def test_a_stale_version_gets_no_ticket(alice, bike):
    publish(bike, 2)
    answer = App(alice).ticket(version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_stale")
    assert not Ticket.objects.exists() and not Consent.objects.exists()


def test_a_suspended_citizen_gets_no_ticket(make_citizen, bike):
    carol = make_citizen("carol", suspended_at=timezone.now())
    assert App(carol).ticket().json()["code"] == "citizen_suspended"
    assert not Ticket.objects.exists()


def test_the_list_shows_partners_and_the_own_link(alice, bob, bike, make_partner, open_browser):
    make_partner("metro-card")
    connect(open_browser(alice))
    link = Link.objects.get()
    rows = App(alice).call("get", "links").json()
    assert [(row["partner"], row["kind"], row["name"]) for row in rows] == [
        ("swift-bike", "bike", "Swift Bike"),
        ("metro-card", "transit", "Metro Card"),
    ]
    assert rows[1]["link"] is None
    assert (rows[0]["link"]["id"], rows[0]["link"]["hint"], rows[0]["link"]["renewal_needed"]) == (
        str(link.pk),
        "0001",
        False,
    )
    assert [row["link"] for row in App(bob).call("get", "links").json()] == [None, None]


def test_a_link_is_ended_by_its_owner_only(alice, bob, bike, open_browser):
    connect(open_browser(alice))
    answer = App(bob).call("delete", "links/swift-bike")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_linked")
    assert Link.objects.get().ended_at is None
    assert App(alice).call("delete", "links/swift-bike").status_code == 204
    assert Link.objects.get().ended_by == "citizen"
    assert App(alice).call("delete", "links/swift-bike").status_code == 404
    assert App(alice).call("delete", "links/nobody").status_code == 404
    assert Revocation.objects.count() == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "links"),
        ("get", "links/swift-bike/consent"),
        ("post", "links/swift-bike/ticket"),
        ("post", "links/complete"),
        ("delete", "links/swift-bike"),
    ],
)
def test_strangers_get_401(bike, method, path):
    assert getattr(DjangoClient(), method)(f"/api/v1/{path}").status_code == 401


def test_the_list_takes_the_same_queries_for_one_link_and_for_many(
    alice, bike, make_partner, django_assert_num_queries
):
    def see():
        with django_assert_num_queries(3):
            return links.overview(alice)

    assert len(see()) == 1
    for code in ("metro-card", "green-bank", "step-health"):
        make_partner(code)
    assert len(see()) == 4
