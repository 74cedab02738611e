"""Limits hold where the cache is the database's, and the transaction of a refused request is undone."""

import pytest
from django.core.cache import cache
from django.db import connection

from accounts import groups, privacy, sms
from accounts.models import Group
from config import jobs, limits
from config import settings as configured
from config.limits import Limit

API = "/api/v1/groups"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(groups, "COMING", Limit("coming", 2, limits.HOUR_S))


@pytest.fixture
def signed_in(client, make_citizen):
    client.force_login(make_citizen("ann", nickname="ann").user)
    return client


@pytest.mark.django_db(transaction=True, databases=["default", "cache"])
def test_refused_requests_are_counted_in_the_database(settings, signed_in, few):
    settings.CACHES = configured.CACHES
    answers = [signed_in.post(f"{API}/join", {"code": "AAAACCCC"}, "application/json") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert cache.get("unknown") is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True, databases=["default", "cache"])
def test_what_is_over_leaves_the_database(settings):
    settings.CACHES = configured.CACHES
    cache.set("over", 1, timeout=-1000)
    cache.set("live", 1, timeout=1000)
    jobs.sweep_cache(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        assert cursor.fetchall() == [(":1:live",)]


def test_many_live_entries_are_not_dropped():
    assert configured.CACHES["default"]["OPTIONS"] == {"MAX_ENTRIES": 1_000_000}


def test_pages_and_api_share_a_limit(signed_in, few):
    signed_in.post(f"{API}/join", {"code": "AAAACCCC"}, "application/json")
    signed_in.post("/groups/code/", {"code": "AAAACCCC"})
    page = signed_in.post("/groups/", {"kind": "friends", "name": "Herons"})
    assert page.context["form"].non_field_errors() == [str(limits.TooMany.title)]
    answer = signed_in.post(API, {"kind": "friends", "name": "Herons"}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= limits.HOUR_S
    assert not Group.objects.exists()


def test_the_oldest_one_makes_room(monkeypatch):
    limit, now = Limit("oldest", 2, 60), [1000.0]
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    limit.count("ann")
    now[0] = 1010
    limit.count("ann")
    now[0] = 1020
    with pytest.raises(limits.TooMany) as refused:
        limit.count("ann")
    assert refused.value.headers == {"Retry-After": "41"}
    limit.count("ben")
    now[0] = 1060
    limit.count("ann")


def test_copies_are_made_six_times_a_day(alice):
    for _time in range(6):
        export = privacy.request_export(alice)
        export.delete()
    with pytest.raises(limits.TooMany):
        privacy.request_export(alice)
    assert privacy.latest_export(alice) is None


def test_a_number_gets_so_many_messages_a_day(settings):
    for number in range(sms.DAILY.most):
        sms.send("+8613800138000", str(number))
    with pytest.raises(limits.TooMany):
        sms.send("+8613800138000", "one more")
    sms.send("+8613900139000", "another")
    assert len(settings.SMS_FILE.read_text().splitlines()) == sms.DAILY.most + 1


def test_no_sign_in_page_sends_more(client, db, monkeypatch, settings):
    monkeypatch.setattr(sms, "DAILY", Limit("texts", 1, limits.DAY_S))
    client.post("/accounts/login/", {"login": "13800138000"})
    answer = type(client)().post("/accounts/login/", {"login": "13800138000"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "86400")
    assert len(settings.SMS_FILE.read_text().splitlines()) == 1


def test_a_page_that_says_more_than_too_many_is_left_as_it_is(signed_in, few, make_citizen):
    token = groups.invite(groups.found(make_citizen("ben", nickname="ben"), Group.Kind.FRIENDS, "Herons"))
    for _time in range(2):
        signed_in.post(f"{API}/join", {"code": "AAAACCCC"}, "application/json")
    answer = signed_in.post(f"/groups/join/{token}/")
    assert (answer.status_code, answer.templates[0].name) == (429, "community/join.html")
    assert answer.headers["Retry-After"] == "60"
    assert Group.objects.get().memberships.count() == 1
