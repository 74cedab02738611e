"""Notices: gathered once, read by their owner only, sent once by each channel that is wanted, not in quiet hours."""

import json
import re
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone, translation

from accounts import groups
from accounts.models import Group
from config import clock
from dashboard.notifications import inbox, kinds, outbox, push, sources, vapid, views, wishes
from dashboard.notifications import mail as notice_mail
from dashboard.notifications.models import Dispatch, Manner, Notice
from dashboard.notifications.sources import Draft
from tests.races import at_once

FACTS = {"partner_zh": "单车", "partner_en": "Bikes"}


@pytest.fixture(autouse=True)
def daytime(monkeypatch, settings):
    settings.LANGUAGE_CODE = "en"
    translation.activate("en")
    noon = datetime(2026, 11, 18, 12, tzinfo=clock.city_zone())
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return noon


@pytest.fixture
def tell(alice):
    def make(key="link_renewal:1", citizen=alice, kind="link_renewal"):
        inbox.add([Draft(citizen.pk, kind, key, FACTS)])
        Notice.objects.filter(key=key).update(created_at=timezone.now())
        return Notice.objects.get(citizen_id=citizen.pk, key=key)

    return make


def test_what_is_gathered_twice_is_told_once(alice, make_activity):
    activity = make_activity(alice)
    drafts = [Draft(alice.pk, "decision", "decision:1:2", {"activity": str(activity.pk), "day_on": "2026-11-18"})]
    assert (inbox.add(drafts), inbox.add(drafts)) == (1, 0)
    told = kinds.words("decision", drafts[0].facts)
    assert (told.title, told.url) == (
        "One of your activities was decided on (18 Nov 2026)",
        f"/activities/{activity.pk}/",
    )


def test_friends_who_join_are_told_to_the_owner(make_citizen):
    ann, ben = make_citizen("ann", nickname="ann"), make_citizen("ben", nickname="ben")
    own = groups.found(ann, Group.Kind.FRIENDS, "Herons")
    groups.join_by_token(ben, groups.invite(own))
    assert inbox.gather() == 1
    assert inbox.gather() == 0
    notice = inbox.of(ann.pk).get()
    assert kinds.words(notice.kind, notice.facts).title == "ben joined “Herons”"


@pytest.mark.parametrize("kind", kinds.KINDS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_has_words_in_both_languages(kind, language):
    facts = FACTS | {"redemption": str(uuid4()), "activity": str(uuid4()), "group": str(uuid4()), "days": 4}
    facts |= {"offer_zh": "咖啡", "offer_en": "Coffee", "merchant_zh": "店", "merchant_en": "Shop", "name": "G"}
    facts |= {
        "until_at": timezone.now().isoformat(),
        "used_at": timezone.now().isoformat(),
        "day_on": "2026-11-18",
        "month_of": "2026-11-01",
        "nickname": "ben",
    }
    facts |= {"points": 120, "team": "Herons", "challenge": str(uuid4()), "name_zh": "名", "name_en": "Name"}
    facts |= {"species_zh": "樟树", "species_en": "Camphor", "place_zh": "青山", "place_en": "Green Hill"}
    facts |= {"cause_zh": "基金", "cause_en": "Fund", "use_zh": "买了手套。", "use_en": "Gloves were bought."}
    with translation.override(language):
        told = kinds.words(kind, facts)
    assert told.title and told.text and told.url.startswith("/")
    assert bool(re.search("[一-鿿]", told.title)) == (language == "zh-hans")


def test_every_source_reads_an_empty_city(db):
    for source in sources.SOURCES.values():
        assert list(source(timezone.now() - timedelta(days=1), timezone.now())) == []


def test_one_mail_holds_all_that_is_new_and_goes_once(alice, tell):
    tell("link_renewal:1")
    tell("link_renewal:2")
    assert outbox.spread() == 2
    assert (outbox.send_due(), outbox.send_due()) == (1, 0)
    message = mail.outbox[0]
    assert message.to == ["alice@example.org"]
    assert message.subject == "2 new notices"
    assert message.body.count("Bikes needs your consent again") == 2
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert outbox.spread() == 0
    tell("link_renewal:3")
    outbox.spread()
    assert Dispatch.objects.get(closed_at=None).due_at == timezone.now() + outbox.BETWEEN_MAILS + timedelta(0)
    assert outbox.send_due() == 0  # one a day


def test_nothing_is_sent_in_quiet_hours(tell, monkeypatch):
    tell()
    night = datetime(2026, 11, 18, 23, 30, tzinfo=clock.city_zone())
    monkeypatch.setattr(timezone, "now", lambda: night)
    outbox.spread()
    assert outbox.send_due() == 0
    monkeypatch.setattr(timezone, "now", lambda: night + timedelta(hours=8))
    assert outbox.send_due() == 1


@pytest.mark.parametrize(
    ("span", "now", "expected"),
    [
        ((22, 7), (23, 0), (19, 7, 0)),
        ((22, 7), (6, 59), (18, 7, 0)),
        ((22, 7), (7, 0), (18, 7, 0)),
        ((22, 7), (12, 0), (18, 12, 0)),
        ((12, 14), (13, 0), (18, 14, 0)),
        ((12, 14), (14, 0), (18, 14, 0)),
        ((9, 9), (9, 0), (18, 9, 0)),
    ],
)
def test_quiet_hours_end_in_the_city(span, now, expected):
    manner = Manner(quiet_from=time(span[0]), quiet_to=time(span[1]))
    instant = datetime(2026, 11, 18, *now, tzinfo=clock.city_zone())
    found = wishes.after_quiet(instant, manner)
    assert (found.day, found.hour, found.minute) == expected


def test_a_worker_that_died_before_closing_is_followed_by_the_same_mail(tell, monkeypatch, daytime):
    tell()
    outbox.spread()
    monkeypatch.setattr(outbox, "_close", lambda letter, done: None)
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0  # claimed
    monkeypatch.undo()
    monkeypatch.setattr(timezone, "now", lambda: daytime + timedelta(minutes=16))
    assert outbox.send_due() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == mail.outbox[1].extra_headers["Message-ID"]


@pytest.fixture
def crowd(make_citizen):
    """Seven people with two notices each, all in the outbox."""
    people = [make_citizen(f"p{number}") for number in range(7)]
    for turn in range(2):
        inbox.add([Draft(one.pk, "link_renewal", f"link_renewal:{turn}", FACTS) for one in people])
    Notice.objects.update(created_at=timezone.now())
    assert outbox.spread() == 14
    return people


def recipients():
    return sorted(message.to[0] for message in mail.outbox)


def test_a_run_sends_until_nothing_is_due_by_one_connection(crowd, monkeypatch):
    monkeypatch.setattr(outbox, "ROWS_A_BATCH", 3)
    opened = []
    connect = notice_mail.get_connection
    monkeypatch.setattr(notice_mail, "get_connection", lambda: opened.append(1) or connect())
    assert outbox.send_due() == 7
    assert recipients() == [f"p{number}@example.org" for number in range(7)]
    assert {message.subject for message in mail.outbox} == {"2 new notices"}
    assert len(opened) == 1
    assert not Dispatch.objects.filter(closed_at=None).exists()


def test_a_run_ends_when_its_time_is_over_and_the_next_goes_on(crowd, monkeypatch):
    monkeypatch.setattr(outbox, "ROWS_A_BATCH", 1)
    assert [outbox.send_due(run_s=0) for _run in range(8)] == [1, 1, 1, 1, 1, 1, 1, 0]
    assert len(recipients()) == len(set(recipients())) == 7


def test_a_worker_that_dies_midway_repeats_the_one_in_the_air_and_no_other(crowd, monkeypatch, daytime):
    close = outbox._close

    def die_at_the_fourth(letter, done):
        if len(mail.outbox) == 4:
            raise SystemExit
        close(letter, done)

    monkeypatch.setattr(outbox, "_close", die_at_the_fourth)
    with pytest.raises(SystemExit):
        outbox.send_due()
    monkeypatch.setattr(outbox, "_close", close)
    assert outbox.send_due() == 0  # all of the batch are claimed
    monkeypatch.setattr(timezone, "now", lambda: daytime + timedelta(minutes=16))
    assert outbox.send_due() == 4
    twice = [address for address in set(recipients()) if recipients().count(address) == 2]
    assert len(twice) == 1
    first, second = (message for message in mail.outbox if message.to == twice)
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert len(set(recipients())) == 7


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_tell_everybody_once(crowd, monkeypatch):
    monkeypatch.setattr(outbox, "ROWS_A_BATCH", 2)
    sent = at_once([lambda: outbox.send_due(["email"])] * 3)
    assert sum(sent) == 7
    assert recipients() == [f"p{number}@example.org" for number in range(7)]
    assert {message.subject for message in mail.outbox} == {"2 new notices"}  # nobody's are taken apart


def test_a_mail_server_that_is_away_costs_no_attempt(crowd, monkeypatch):
    def refuse():
        raise ConnectionRefusedError

    monkeypatch.setattr(notice_mail, "get_connection", refuse)
    assert outbox.send_due() == 0
    assert set(Dispatch.objects.values_list("attempts", "claimed_at")) == {(0, None)}


def test_what_was_spread_before_a_mail_went_waits_for_the_next_day(crowd, daytime):
    Manner.objects.create(pk=crowd[0].pk, mailed_at=daytime - timedelta(minutes=1))
    assert outbox.send_due() == 6
    put_off = Dispatch.objects.filter(citizen_id=crowd[0].pk)
    morning = datetime(2026, 11, 19, 7, 59, tzinfo=clock.city_zone())
    assert set(put_off.values_list("due_at", "claimed_at", "attempts")) == {(morning, None, 0)}


def test_what_is_sent_late_keeps_to_the_quiet_hours(crowd, monkeypatch):
    night = datetime(2026, 11, 18, 23, tzinfo=clock.city_zone())
    monkeypatch.setattr(timezone, "now", lambda: night)
    assert outbox.send_due() == 0
    morning = datetime(2026, 11, 19, 7, 30, tzinfo=clock.city_zone())
    assert set(Dispatch.objects.values_list("due_at", flat=True)) == {morning}


def test_a_long_inbox_says_where_it_ends(signed_in, tell, monkeypatch):
    monkeypatch.setattr(views, "SHOWN", 2)
    tell()
    assert "These are the latest" not in signed_in.get("/notices/", headers={"accept-language": "en"}).text
    for number in (2, 3):
        tell(f"link_renewal:{number}")
    page = signed_in.get("/notices/", headers={"accept-language": "en"}).text
    assert "These are the latest 2." in page
    assert page.count("needs your consent again") == 2


def test_everybody_is_told_in_the_language_last_chosen(signed_in, alice, tell, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    tell()
    outbox.spread()
    signed_in.post("/accounts/language/", {"language": "zh-hans", "next": "/"})
    alice.refresh_from_db()
    assert alice.language == "zh-hans"
    signed_in.post("/accounts/language/", {"language": "en", "next": "/"})
    signed_in.post("/accounts/language/", {"language": "tlh", "next": "/"})
    alice.refresh_from_db()
    assert alice.language == "en"
    outbox.send_due()
    assert mail.outbox[0].subject == "Bikes needs your consent again"


def test_a_mail_that_fails_is_tried_a_few_times(tell, monkeypatch, daytime):
    monkeypatch.setattr(notice_mail, "_send", lambda letter, connection: False)
    tell()
    outbox.spread()
    for attempt in range(7):
        now = daytime + timedelta(minutes=20 * attempt)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        outbox.send_due()
    dispatch = Dispatch.objects.get()
    assert (dispatch.attempts, dispatch.sent, dispatch.closed_at is None) == (5, False, False)


def test_what_is_not_wanted_is_not_sent(signed_in, alice, tell):
    page = signed_in.get("/notices/settings/")
    assert page.status_code == 200
    signed_in.post("/notices/settings/", {"quiet_from": "21:00", "quiet_to": "08:00", "correction.email": "on"})
    assert wishes.wanted(alice.pk)["link_renewal", "email"] is False
    assert wishes.wanted(alice.pk)["correction", "email"] is True
    assert wishes.manner(alice.pk).quiet_from == time(21)
    tell()
    assert outbox.spread() == 0


@pytest.mark.parametrize("hour", ["", "9pm", "24:00"])
def test_a_quiet_hour_that_is_none_is_refused_with_what_would_be_right(signed_in, alice, hour):
    signed_in.cookies["tanpuhui_language"] = "en"
    before = wishes.manner(alice.pk)
    page = signed_in.post("/notices/settings/", {"quiet_from": hour, "quiet_to": "08:00"}).text
    assert page.count("Name a time of day, such as 21:00.") == 1
    assert wishes.manner(alice.pk) == before


def test_without_keys_there_are_no_push_switches_and_what_was_wanted_by_push_stays(signed_in, alice, settings):
    signed_in.cookies["tanpuhui_language"] = "en"
    page = signed_in.get("/notices/settings/").text
    assert 'name="link_renewal.email"' in page
    assert "Push" not in page and "No push messages" not in page
    signed_in.post("/notices/settings/", {"quiet_from": "21:00", "quiet_to": "08:00"})
    wanted = wishes.wanted(alice.pk)
    assert (wanted["link_renewal", "email"], wanted["link_renewal", "push"]) == (False, True)
    pair = vapid.new_pair()
    settings.VAPID_PRIVATE_KEY, settings.VAPID_PUBLIC_KEY = pair
    page = signed_in.get("/notices/settings/").text
    assert 'name="link_renewal.push"' in page and f'data-key="{pair.public}"' in page
    signed_in.post("/notices/settings/", {"quiet_from": "21:00", "quiet_to": "08:00"})
    assert wishes.wanted(alice.pk)["link_renewal", "push"] is False


@pytest.mark.parametrize(
    ("kind", "points", "title"),
    [
        ("voucher_refunded", 1, "1 point came back"),
        ("voucher_refunded", 1200, "1,200 points came back"),
        ("points_expiring", 1, "1 point expires on 17 Jan 2027"),
        ("points_expiring", 2, "2 points expire on 17 Jan 2027"),
    ],
)
def test_one_point_is_one_point(kind, points, title):
    facts = {"points": points, "day_on": "2027-01-17", "redemption": str(uuid4()), "merchant": "Cafe", "offer": "Tea"}
    with translation.override("en"):
        assert kinds.words(kind, facts).title == title


def test_every_kind_is_set_under_one_topic():
    assert sorted(code for _topic, codes in kinds.TOPICS for code in codes) == sorted(kinds.KINDS)


@pytest.mark.parametrize(("channel", "other"), [("email", "push"), ("push", "email")])
def test_one_button_ends_a_channel_and_what_waits_by_it(signed_in, alice, tell, channel, other):
    tell()
    outbox.spread()
    assert signed_in.post("/notices/settings/", {"none": channel}).status_code == 302
    wanted = wishes.wanted(alice.pk)
    assert {by for (_kind, by), yes in wanted.items() if yes} == {other}
    assert Dispatch.objects.filter(channel="email").count() == (0 if channel == "email" else 1)


def test_one_click_ends_mail_without_a_cookie(client, alice, tell):
    tell()
    outbox.spread()
    outbox.send_due()
    url = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>").replace("http://127.0.0.1:8000", "")
    assert client.get(url).status_code == 200
    assert wishes.wanted(alice.pk)["link_renewal", "email"] is True
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not any(yes for (_kind, channel), yes in wishes.wanted(alice.pk).items() if channel == "email")
    assert client.post(url[:-3] + "x/").status_code == 404


def test_the_inbox_shows_and_follows_ones_own_only(signed_in, client, alice, bob, tell):
    own, other = tell(), tell("link_renewal:9", citizen=bob)
    page = signed_in.get("/notices/").text
    assert page.count("Bikes needs your consent again") == 1
    assert '<span class="count">1</span>' in page
    assert signed_in.get(f"/notices/{other.pk}/").status_code == 404
    assert signed_in.get(f"/notices/{own.pk}/")["Location"] == "/links/"
    assert inbox.unread(alice.pk) == 0
    signed_in.post("/notices/read/")
    assert inbox.unread(bob.pk) == 1


def test_old_notices_are_forgotten(tell, monkeypatch, daytime):
    tell()
    monkeypatch.setattr(timezone, "now", lambda: daytime + timedelta(days=181))
    inbox.forget_old()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://[bad/x",
    ],
)
def test_only_known_push_services_are_called(settings, alice, endpoint):
    settings.VAPID_PRIVATE_KEY = "k"
    with pytest.raises(push.SubscriptionUnfit):
        push.subscribe(alice, {"endpoint": endpoint, "keys": {"p256dh": "a", "auth": "b"}})


def test_a_subscription_belongs_to_the_browser_s_last_owner(signed_in, settings, alice, bob):
    content = {"endpoint": "https://web.push.apple.com/1", "keys": {"p256dh": "a", "auth": "b"}}
    answer = signed_in.post("/notices/push/", json.dumps(content), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "push_unavailable")
    settings.VAPID_PRIVATE_KEY = "k"
    signed_in.cookies["tanpuhui_language"] = "zh-hans"
    assert signed_in.post("/notices/push/", json.dumps(content), content_type="application/json").status_code == 204
    alice.refresh_from_db()
    assert alice.language == "zh-hans"  # the browser's words from now on
    one = push.subscribe(bob, content)
    assert push.Subscription.objects.get() == one
    assert one.citizen_id == bob.pk
    assert "apple" not in one.content_encrypted
    assert signed_in.delete("/notices/push/", json.dumps(content)).status_code == 204
    assert push.Subscription.objects.exists()  # it is Bob's now
    assert signed_in.post("/notices/push/", "[]", content_type="application/json").status_code == 400
