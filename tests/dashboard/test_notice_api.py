"""Notices by the app's API."""

import pytest

from dashboard.notifications import inbox, wishes
from dashboard.notifications.models import Notice
from dashboard.notifications.sources import Draft

API = "/api/v1/notices"


def _facts(english: str, chinese: str) -> dict[str, str]:
    return {"name_en": english, "name_zh": chinese, "month_of": "2026-10-01"}


@pytest.fixture
def told(alice, bob):
    """Three notices of Alice's, one of Bob's."""
    for number in range(3):
        inbox.add([Draft(alice.pk, "achievement", f"a{number}", _facts(f"First {number}", f"首{number}"))])
    inbox.add([Draft(bob.pk, "achievement", "b", _facts("Other", "别"))])
    return Notice.objects.get(citizen_id=bob.pk)


def test_the_inbox_is_worded_and_read_page_by_page(signed_in, told):
    page = signed_in.get(API, {"page_size": 2}, headers={"Accept-Language": "en"}).json()
    assert [one["title"] for one in page["results"]] == ["Earned in Oct 2026: First 2", "Earned in Oct 2026: First 1"]
    rest = signed_in.get(page["next"]).json()
    assert (len(rest["results"]), rest["next"]) == (1, None)


def test_notices_are_read_one_by_one_and_all(signed_in, alice, told):
    first = inbox.of(alice.pk).first()
    for _time in range(2):
        assert signed_in.post(f"{API}/{first.pk}/read").status_code == 204
    assert signed_in.get(f"{API}/unread").json() == {"unread": 2}
    assert signed_in.post(f"{API}/read").status_code == 204
    assert signed_in.get(f"{API}/unread").json() == {"unread": 0}
    told.refresh_from_db()
    assert told.read_at is None


def test_a_stranger_s_notice_does_not_exist(signed_in, told):
    assert signed_in.post(f"{API}/{told.pk}/read").status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_wishes_are_changed_by_kind(signed_in, alice):
    given = {
        "quiet_from": "23:00",
        "quiet_to": "06:30",
        "wishes": [{"kind": "question", "email": False, "push": True}],
    }
    answer = signed_in.put(f"{API}/wishes", given, content_type="application/json").json()
    table = {one["kind"]: (one["email"], one["push"]) for one in answer["wishes"]}
    assert (table["question"], table["voucher_expiring"]) == ((False, True), (True, True))
    assert (answer["quiet_from"], answer["quiet_to"]) == ("23:00:00", "06:30:00")
    assert signed_in.get(f"{API}/wishes").json() == answer
    assert wishes.wanted(alice.pk)["question", "email"] is False


def test_an_unknown_kind_changes_nothing(signed_in, alice):
    given = {"quiet_from": "23:00", "quiet_to": "06:30", "wishes": [{"kind": "spam", "email": True, "push": True}]}
    assert signed_in.put(f"{API}/wishes", given, content_type="application/json").status_code == 400
    assert wishes.manner(alice.pk).quiet_from.hour == 22


@pytest.mark.parametrize("path", ["", "/unread", "/wishes"])
def test_nobody_reads_notices_without_signing_in(client, db, path):
    assert client.get(f"{API}{path}").status_code == 401
