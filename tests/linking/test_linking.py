"""Linking over real HTTP with the partners' own process."""

import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from accounts import citizens, consents
from accounts.linking import grants, links, revocations
from accounts.linking.models import Grant, Link, Revocation, digest_subject
from accounts.linking.partner_http import Client
from accounts.models import Citizen, Consent
from config import clock
from tests.linking.conftest import allow, clear_texts, connect, publish

pytestmark = pytest.mark.django_db(transaction=True)


def tokens_of(link):
    grant = Grant.objects.get(link=link)
    return grant.access_token, grant.refresh_token


def works_at_partner(partner, access):
    userinfo = Client.of(partner).discover()["userinfo_endpoint"]
    answer = requests.get(userinfo, headers={"Authorization": f"Bearer {access}"}, timeout=10)
    return answer.status_code == 200


def test_a_citizen_links_a_partner(open_browser, alice, bike):
    browser = open_browser(alice)
    started = timezone.now()
    assert connect(browser, person=7) == "/links/?linked=swift-bike"
    link = Link.objects.get()
    assert (link.citizen, link.partner, link.subject, link.hint) == (alice, bike, "BIKE-000007", "0007")
    assert bytes(link.subject_digest) == digest_subject("swift-bike", "BIKE-000007")
    assert link.reads_from == clock.day_start(clock.city_day(link.linked_at))
    assert link.linked_at >= started
    assert (link.consent.step, link.consent.channel, link.consent.text.version) == ("given", "web", 1)
    assert works_at_partner(bike, grants.access_token(link))
    assert "Swift Bike is linked" in browser.page.text
    assert not Revocation.objects.exists()


def test_the_partner_is_asked_with_pkce_and_the_needed_scope(open_browser, alice, bike):
    browser = open_browser(alice)
    browser.get("/links/swift-bike/")
    browser.submit("version", yes="yes")
    asked = next(url for url in browser.trail if "/identity/o/authorize" in url)
    query = parse_qs(urlsplit(asked).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert sorted(query["scope"][0].split()) == ["openid", "rides.read"]
    assert query["redirect_uri"] == [f"{browser.home}/links/oidc/swift-bike/callback/"]


def test_the_consent_page_lets_its_form_lead_to_the_partner_only(open_browser, alice, bike, partner_server):
    page = open_browser(alice).get("/links/swift-bike/")
    assert f"form-action 'self' {partner_server.issuer_url}" in page.headers["Content-Security-Policy"]


def test_nothing_secret_is_stored_in_clear_and_allauth_stores_nothing(open_browser, alice, bike):
    connect(open_browser(alice))
    link = Link.objects.get()
    stored = clear_texts() + str([session.get_decoded() for session in Session.objects.all()])
    for secret in (*tokens_of(link), "BIKE-000001", bike.client_secret):
        assert secret not in stored
    assert not (SocialAccount.objects.exists() or SocialApp.objects.exists() or SocialToken.objects.exists())


def test_each_source_has_its_own_link(open_browser, alice, bike, make_partner):
    make_partner("metro-card")
    make_partner("green-bank")
    browser = open_browser(alice)
    for code in ("swift-bike", "metro-card", "green-bank"):
        assert connect(browser, code) == f"/links/?linked={code}"
    assert [link.subject for link in Link.objects.order_by("linked_at")] == [
        "BIKE-000001",
        "CARD-000001",
        "BANK-000001",
    ]


def test_an_account_that_another_citizen_linked_is_refused_and_the_grant_given_back(open_browser, alice, bob, bike):
    connect(open_browser(alice))
    link = Link.objects.get()
    before = Link.objects.values().get(), Grant.objects.values().get()
    assert connect(open_browser(bob)) == "/links/?refused=linked_to_other_citizen"
    assert (Link.objects.values().get(), Grant.objects.values().get()) == before
    queued = list(Revocation.objects.values_list("hint", "reason"))
    assert sorted(queued) == [(hint, "refused linked_to_other_citizen") for hint in ("access_token", "refresh_token")]
    fresh = next(row.token for row in Revocation.objects.all() if row.hint == "access_token")
    assert works_at_partner(bike, fresh)
    assert revocations.run() == {"done": 2, "failed": 0}
    assert not works_at_partner(bike, fresh)
    assert works_at_partner(bike, grants.access_token(link))
    assert not Revocation.objects.exclude(token_encrypted="").exists()


def test_a_second_account_of_the_same_partner_is_refused(open_browser, alice, bike):
    connect(open_browser(alice), person=1)
    assert connect(open_browser(alice), person=2) == "/links/?refused=already_linked_another_account"
    assert Link.objects.get().subject == "BIKE-000001"
    assert Revocation.objects.count() == 2


def test_less_than_the_needed_scope_is_refused(open_browser, alice, bike):
    assert connect(open_browser(alice), scopes=["openid"]) == "/links/?refused=scope_not_granted"
    assert not Link.objects.exists()
    assert Revocation.objects.count() == 2


def test_refusing_at_the_partner_links_nothing(open_browser, alice, bike):
    browser = open_browser(alice)
    assert connect(browser, action="cancel") == "/links/?refused=cancelled"
    assert "Nothing was linked" in browser.page.text
    assert not Link.objects.exists() and not Revocation.objects.exists()


def test_a_consent_that_grew_old_links_nothing(open_browser, alice, bike, monkeypatch):
    monkeypatch.setattr(consents, "FRESH", consents.FRESH * 0)
    assert connect(open_browser(alice)) == "/links/?refused=no_consent"
    assert not Link.objects.exists()
    assert Revocation.objects.count() == 2


def test_a_text_that_changed_meanwhile_is_asked_again(open_browser, alice, bike):
    browser = open_browser(alice)
    browser.get("/links/swift-bike/")
    publish(bike, 2)
    browser.submit("version", yes="yes")
    assert browser.at.endswith("/links/?refused=consent_stale")
    assert not Consent.objects.exists()
    browser.get("/links/swift-bike/")
    browser.submit("version", yes="yes")
    publish(bike, 3)
    allow(browser, 1)
    assert browser.at.endswith("/links/?refused=no_consent")
    assert not Link.objects.exists()


def test_without_the_button_yes_there_is_no_consent(open_browser, alice, bike):
    browser = open_browser(alice)
    browser.get("/links/swift-bike/")
    assert browser.submit("version").status_code == 200
    assert not Consent.objects.exists()


def test_a_suspended_citizen_links_nothing(open_browser, make_citizen, bike):
    carol = make_citizen("carol")
    browser = open_browser(carol)
    browser.get("/links/swift-bike/")
    browser.submit("version", yes="yes")
    Citizen.objects.filter(pk=carol.pk).update(suspended_at=timezone.now())
    allow(browser, 1)
    assert browser.at.endswith("/links/?refused=citizen_suspended")
    assert not Link.objects.exists()
    assert Revocation.objects.count() == 2


@pytest.mark.parametrize("query", ["code=x&state=forged", "error=access_denied", ""])
def test_a_callback_that_nobody_started_is_refused(open_browser, alice, bike, query):
    browser = open_browser(alice)
    browser.get(f"/links/oidc/swift-bike/callback/?{query}")
    assert browser.at.endswith("/links/?refused=link_expired")


def test_a_callback_counts_once(open_browser, alice, bike):
    browser = open_browser(alice)
    connect(browser)
    used = next(url for url in browser.trail if "/callback/" in url)
    browser.get(used)
    assert browser.at.endswith("/links/?refused=link_expired")
    assert Link.objects.count() == 1


def test_a_started_link_is_no_use_to_another_citizen(open_browser, alice, bob, bike):
    browser = open_browser(alice)
    browser.get("/links/swift-bike/")
    browser.submit("version", yes="yes")
    browser.session.cookies.update(open_browser(bob).session.cookies)
    allow(browser, 1)
    assert "refused=" in browser.at
    assert not Link.objects.exists()


@pytest.mark.parametrize("process", ["login", "connect"])
def test_allauth_offers_no_other_start(open_browser, bike, live_server, process):
    browser = open_browser()
    answer = requests.post(
        f"{live_server.url}/_allauth/app/v1/auth/provider/token",
        json={"provider": "swift-bike", "process": process, "token": {"client_id": "swift-bike", "id_token": "x"}},
        timeout=10,
    )
    assert answer.status_code == 400
    assert browser.get("/links/oidc/swift-bike/login/").status_code == 404
    assert browser.get("/accounts/3rdparty/").status_code == 404


def test_a_sign_in_by_the_partner_is_refused_even_if_started(open_browser, alice, bike):
    """Somebody finds a way to start `process=login`: the callback still refuses."""
    from allauth.socialaccount.internal import statekit
    from django.contrib.sessions.backends.db import SessionStore

    connect(open_browser(alice))
    browser = open_browser(alice)
    browser.get("/links/swift-bike/")
    browser.submit("version", yes="yes")
    session = SessionStore(browser.session.cookies.get("tanpuhui_session"))
    state_id, (state, at, provider) = next(iter(session[statekit.STATES_SESSION_KEY].items()))
    state["process"] = "login"
    session[statekit.STATES_SESSION_KEY] = {state_id: (state, at, provider)}
    session.save()
    allow(browser, 1)
    assert browser.at.endswith("/links/?refused=no_sign_in_by_partner")
    assert Link.objects.count() == 1
    assert Revocation.objects.count() == 2


def test_a_partner_that_is_off_or_unknown_cannot_be_linked(open_browser, alice, bike):
    browser = open_browser(alice)
    assert browser.get("/links/nobody/").status_code == 404
    bike.active = False
    bike.save()
    assert browser.get("/links/swift-bike/").status_code == 404
    assert browser.get("/links/oidc/swift-bike/callback/?code=x&state=y").status_code == 404


def test_a_partner_that_does_not_answer_is_told(open_browser, alice, make_partner):
    make_partner(issuer_url="http://127.0.0.1:9")
    browser = open_browser(alice)
    browser.get("/links/swift-bike/")
    browser.submit("version", yes="yes")
    assert browser.at.endswith("/links/?refused=partner_unavailable")
    assert not Link.objects.exists()


def test_a_wrong_client_secret_is_told_and_the_log_has_no_word_of_the_partner(open_browser, alice, bike, caplog):
    bike.client_secret = "wrong"
    bike.save()
    assert connect(open_browser(alice)) == "/links/?refused=partner_failed"
    assert not Link.objects.exists()
    told = [record.getMessage() for record in caplog.records if record.name == "accounts.linking.callback"]
    assert told == ["An answer of swift-bike could not be used: OAuth2Error"]


def test_strangers_are_asked_to_sign_in(open_browser, bike):
    browser = open_browser()
    for path in ("/links/", "/links/swift-bike/", "/links/swift-bike/end/"):
        browser.get(path)
        assert "/accounts/login/" in browser.at


def test_refreshing_rotates_and_four_at_once_get_one_new_token(open_browser, alice, bike):
    connect(open_browser(alice))
    link = Link.objects.get()
    access, refresh = tokens_of(link)
    fresh = grants.access_token(link, force=True)
    assert fresh != access and tokens_of(link)[1] != refresh
    assert grants.access_token(link) == fresh
    Grant.objects.update(expires_at=timezone.now())
    got = []

    def ask():
        try:
            got.append(grants.access_token(link))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and len(set(got)) == 1
    assert works_at_partner(bike, got[0])


def test_a_withdrawal_at_the_partner_asks_for_renewal_and_linking_again_repairs_it(
    open_browser, alice, bike, partner_server
):
    browser = open_browser(alice)
    connect(browser)
    link = Link.objects.get()
    browser.get(f"{partner_server.issuer_url}/")
    assert "Swift Bike" in browser.page.text
    browser.submit("withdraw", withdraw="swift-bike")
    with pytest.raises(grants.RenewalNeeded):
        grants.access_token(link, force=True)
    link.refresh_from_db()
    assert link.renewal_needed and link.ended_at is None
    assert "to be renewed" in browser.get("/links/").text
    first_consent = link.consent
    assert connect(browser) == "/links/?linked=swift-bike"
    renewed = Link.objects.get()
    assert (renewed.pk, renewed.renewal_needed, renewed.reads_from) == (link.pk, False, link.reads_from)
    assert renewed.consent != first_consent
    assert works_at_partner(bike, grants.access_token(renewed))


def test_disconnecting_ends_the_link_and_both_tokens(open_browser, alice, bike):
    browser = open_browser(alice)
    connect(browser)
    link = Link.objects.get()
    access, refresh = tokens_of(link)
    assert "Your points and your history stay" in browser.get("/links/swift-bike/end/").text
    assert Link.objects.get().ended_at is None
    browser.submit("end", end="yes")
    assert browser.at.endswith("/links/?ended=swift-bike")
    link.refresh_from_db()
    assert (link.ended_by, link.ended_at is not None) == ("citizen", True)
    assert not Grant.objects.exists()
    steps = list(Consent.objects.order_by("created_at").values_list("step", "channel"))
    assert steps == [("given", "web"), ("withdrawn", "web")]
    assert revocations.run() == {"done": 2, "failed": 0}
    assert not works_at_partner(bike, access)
    assert not revocations.run()["done"]
    assert links.end(link, Link.End.CITIZEN, "web") is False
    assert Consent.objects.count() == 2


def test_after_disconnecting_another_citizen_may_link_the_account(open_browser, alice, bob, bike):
    connect(open_browser(alice))
    links.end(Link.objects.get(), Link.End.CITIZEN, "web")
    assert connect(open_browser(bob)) == "/links/?linked=swift-bike"
    assert list(Link.objects.order_by("linked_at").values_list("citizen", "ended_by")) == [
        (alice.pk, "citizen"),
        (bob.pk, ""),
    ]


def test_a_revocation_is_tried_again_later_and_not_for_ever(open_browser, alice, bike):
    connect(open_browser(alice))
    issuer = bike.issuer_url
    type(bike).objects.update(issuer_url="http://127.0.0.1:9")
    links.end(Link.objects.get(), Link.End.CITIZEN, "web")
    assert revocations.run() == {"done": 0, "failed": 2}
    assert Revocation.objects.filter(attempts=1).exclude(last_error="").count() == 2
    assert revocations.run() == {"done": 0, "failed": 0}
    Revocation.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    type(bike).objects.update(issuer_url=issuer)
    assert revocations.run() == {"done": 2, "failed": 0}
    Revocation.objects.update(done_at=None, attempts=revocations.MAX_ATTEMPTS)
    assert revocations.run() == {"done": 0, "failed": 0}


def test_who_has_no_account_yet_is_asked_for_the_age_before_linking(open_browser, bike):
    from accounts.models import User

    user = User.objects.create_user("dora", "dora@example.org")
    browser = open_browser(type("Person", (), {"user": user}))
    browser.get("/links/swift-bike/")
    assert browser.at.endswith("/accounts/opening/?next=/links/swift-bike/")
    citizen = citizens.open_account(user)
    connect(browser)
    assert Link.objects.get().citizen == citizen
