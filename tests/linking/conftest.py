"""The partners as a real second process, and a person with a browser between them and the city."""

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client as DjangoClient

from accounts.models import ConsentText, Partner
from sandbox.server import process
from sandbox.server.partners import BRANDS
from tests.linking.browser import Browser

KINDS = {"swift-bike": "bike", "metro-card": "transit", "green-bank": "bank", "step-health": "health"}


@pytest.fixture
def make_partner(partner_server):
    def make(code="swift-bike", **fields):
        client, brand = partner_server.clients[code], BRANDS[code]
        partner = Partner.objects.filter(code=code).first() or Partner(code=code)  # the sandbox brings some
        partner.kind, partner.name_zh, partner.name_en = KINDS[code], brand.name_zh, brand.name_en
        partner.issuer_url, partner.client_id, partner.scope = partner_server.issuer_url, code, client.scope
        partner.client_secret = client.client_secret
        for field, value in fields.items():
            setattr(partner, field, value)
        partner.save()
        publish(partner, 1)
        return partner

    return make


def publish(partner, version):
    words = {
        f"{part}_{language}": f"{part} {language}"
        for part in ("reads", "purpose", "retention")
        for language in ("zh", "en")
    }
    text, _created = ConsentText.objects.get_or_create(partner=partner, version=version, defaults=words)
    return text


@pytest.fixture
def bike(make_partner):
    return make_partner()


@pytest.fixture
def open_browser(live_server):
    """A browser at the city, signed in as the citizen if there is one."""
    browsers = []

    def open_(citizen=None):
        browser = Browser(live_server.url)
        browsers.append(browser)
        if citizen:
            client = DjangoClient()
            client.force_login(citizen.user)
            name = django_settings.SESSION_COOKIE_NAME
            browser.session.cookies.set(name, client.cookies[name].value, domain="localhost.local")
        return browser

    yield open_
    for browser in browsers:  # an open connection would keep its thread of the server, and that the database
        browser.session.close()


def allow(browser, person, **changes):
    """At the partner: sign in as that person if asked to, then allow."""
    if "/accounts/login/" in browser.at:
        browser.submit("login", login=f"person{person}", password=process.PASSWORD)
    return browser.submit("request", **{"action": "grant", **changes})


def connect(browser, code="swift-bike", person=1, **changes):
    """The whole way of linking; returns the address at which it ends."""
    browser.get(f"/links/{code}/")
    browser.submit("version", yes="yes")
    allow(browser, person, **changes)
    return browser.at.removeprefix(browser.home)


def clear_texts():
    """All that the database holds, as one text, to look for what must not be there in clear."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        text = ""
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            text += cursor.fetchone()[0]
    return text
