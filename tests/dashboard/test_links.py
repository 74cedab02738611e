"""The page of links: how each source is doing, what is awaited, and receipts of consents."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import consents
from accounts.linking import links
from accounts.linking.models import Link
from accounts.models import Consent, Partner
from activities.models import Delivery
from config import clock
from dashboard.links import linked
from tests.dashboard.conftest import TODAY


@pytest.fixture
def link(alice, feed):
    (made,) = links.open_many(feed.partner, [(alice, "rider-1")], reads_from=clock.day_start(TODAY))
    return made


@pytest.fixture(autouse=True)
def in_english(client):
    client.cookies["tanpuhui_language"] = "en"


def test_a_new_link_waits_for_its_first_report_and_then_shows_it(signed_in, alice, link, make_activity):
    page = signed_in.get("/links/").text
    address = f"/links/{link.partner.code}/arrival/"
    assert f'hx-get="{address}"' in page
    assert "<progress" in page
    make_activity(alice, timezone.now().date(), link_id=link.pk)
    part = signed_in.get(address)
    assert "1 entry in 90 days" in part.text
    assert f"The first report of {link.partner.name_en} is here" in part.text
    assert "The first report of" not in signed_in.get("/links/").text
    assert "hx-get" not in part.text
    assert (part["HX-Retarget"], part["HX-Reswap"]) == (f"#arrival-{link.partner.code}", "innerHTML")


@pytest.mark.parametrize(
    ("waited", "again"),
    [
        (timedelta(seconds=1), "5s"),
        (timedelta(minutes=3), "15s"),
        (timedelta(hours=1), "60s"),
        (timedelta(days=2, hours=23), "60s"),
    ],
)
def test_who_waits_looks_less_and_less_often_and_hears_nothing_meanwhile(signed_in, link, waited, again):
    Link.objects.filter(pk=link.pk).update(linked_at=timezone.now() - waited)
    assert "Nothing yet since " in signed_in.get("/links/").text
    part = signed_in.get(f"/links/{link.partner.code}/arrival/")
    assert f'hx-trigger="load delay:{again}"' in part.text
    assert ("HX-Retarget" in part, "<p" in part.text) == (False, False)


def test_who_refused_at_the_partner_is_told_so_calmly(signed_in):
    told = '<p class="notice" role="alert">You refused at the partner. Nothing was linked.</p>'
    assert told in signed_in.get("/links/?refused=cancelled").text
    assert '<p class="notice error" role="alert">' in signed_in.get("/links/?refused=link_expired").text


def test_home_of_who_waits_has_no_empty_sums(signed_in, alice, link, total):
    page = signed_in.get("/home/").text
    assert "You are linked; the first entry is on its way" in page
    assert "See how far it is" in page
    assert all(title not in page for title in ("This week", "In 2026", "Level of the month", "Week by week"))
    total(alice, TODAY, 1_000)
    page = signed_in.get("/home/").text
    assert all(title in page for title in ("This week", "In 2026", "Level of the month", "Week by week"))


def test_after_three_days_nobody_waits_any_more(signed_in, link):
    Link.objects.filter(pk=link.pk).update(linked_at=timezone.now() - timedelta(days=3))
    assert "<progress" not in signed_in.get("/links/").text


def test_a_silent_partner_is_late(signed_in, link, delivery):
    Link.objects.filter(pk=link.pk).update(linked_at=timezone.now() - timedelta(days=30))
    Delivery.objects.filter(pk=delivery.pk).update(received_at=timezone.now() - timedelta(days=5, hours=1))
    page = signed_in.get("/links/").text
    assert "partner is late" in page
    assert "has sent nothing for 5 days" in page
    Delivery.objects.filter(pk=delivery.pk).update(received_at=timezone.now())
    assert "partner is late" not in signed_in.get("/links/").text


def test_a_strangers_link_is_not_awaited(signed_in, bob, feed):
    links.open_many(feed.partner, [(bob, "rider-2")], reads_from=clock.day_start(TODAY))
    assert signed_in.get(f"/links/{feed.partner.code}/arrival/").status_code == 404
    assert signed_in.get("/links/nobody/arrival/").status_code == 404


@pytest.mark.parametrize("count", [1, 4])
def test_links_take_at_most_twelve_queries(signed_in, alice, link, make_activity, count):
    for partner in Partner.objects.exclude(pk=link.partner_id)[: count - 1]:
        links.open_many(partner, [(alice, f"rider-{partner.pk}")], reads_from=clock.day_start(TODAY))
    for number in range(count * 5):
        make_activity(alice, hour=number, link_id=link.pk)
    with CaptureQueriesContext(connection) as queries:
        assert signed_in.get("/links/").status_code == 200
    assert len(queries) <= 12


def test_each_consent_has_a_receipt_with_the_text_that_was_agreed_to(signed_in, alice, link):
    links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
    withdrawn, given = consents.history(alice.pk)
    assert f"/links/receipts/{given.pk}.json" in signed_in.get("/links/").text
    receipt = signed_in.get(f"/links/receipts/{given.pk}.json").json()
    assert (receipt["step"], receipt["partner"]["code"]) == ("given", link.partner.code)
    assert receipt["text"]["reads_zh"] == given.text.reads_zh
    assert signed_in.get(f"/links/receipts/{withdrawn.pk}.json").json()["step"] == "withdrawn"


def test_a_strangers_receipt_is_not_found(signed_in, bob, feed):
    (link,) = links.open_many(feed.partner, [(bob, "rider-2")], reads_from=clock.day_start(TODAY))
    assert signed_in.get(f"/links/receipts/{link.consent_id}.json").status_code == 404
    assert signed_in.get(f"/links/receipts/{uuid4()}.json").status_code == 404


def test_before_disconnecting_one_reads_what_stays_stops_and_goes(signed_in, alice, link, make_activity):
    for hour in (7, 8):
        make_activity(alice, timezone.now().date(), hour=hour, link_id=link.pk)
    make_activity(alice, timezone.now().date(), hour=9, link_id=link.pk, reason="overlap")
    make_activity(alice, timezone.now().date(), hour=10)  # of another source
    found = linked.brought(link)
    assert (found.entries, found.held) == (3, 0)
    page = signed_in.get(f"/links/{link.partner.code}/end/").text
    assert '<dd class="figure small">3</dd>' in page
    for heading in ("What stays", "What stops, at once", "What is deleted"):
        assert heading in page
    link.refresh_from_db()
    assert link.ended_at is None


def test_after_disconnecting_there_is_a_receipt_of_the_withdrawal(signed_in, alice, link):
    page = signed_in.post(f"/links/{link.partner.code}/end/", {"end": "yes"}, follow=True).text
    withdrawn = Consent.objects.get(citizen_id=alice.pk, step="withdrawn")
    assert "is disconnected" in page
    assert f"/links/receipts/{withdrawn.pk}.json" in page.split("Save the receipt")[0]
    again = signed_in.post(f"/links/{link.partner.code}/end/", {"end": "yes"})
    assert again.url == "/links/"
    assert Consent.objects.filter(step="withdrawn").count() == 1


def test_nobody_ends_a_strangers_link(signed_in, bob, feed):
    (strange,) = links.open_many(feed.partner, [(bob, "rider-2")], reads_from=clock.day_start(TODAY))
    assert signed_in.post(f"/links/{feed.partner.code}/end/", {"end": "yes"}).url == "/links/"
    strange.refresh_from_db()
    assert strange.ended_at is None
