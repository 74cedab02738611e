"""The desk for replays and restatements: asked in a form, watched and read on a page, decided by a second person."""

import pytest

from activities.methodologies import replays, restatement
from activities.models import Methodology, Replay, Restatement
from tests.activities.test_restatement import approved, chief, clerk, correcting, ridden  # noqa: F401

pytestmark = pytest.mark.usefixtures("english")
DAYS = {"first": "2016-08-01", "last": "2016-08-30"}


@pytest.fixture(autouse=True)
def in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def test_a_replay_is_asked_for_watched_and_read(client, clerk, correcting):  # noqa: F811
    version = correcting()
    client.force_login(clerk)
    assert f'value="{version.pk}" selected' in client.get(
        f"/admin/activities/replay/add/?versions={version.pk}"
    ).content.decode().replace("selected>", "selected >")
    answer = client.post("/admin/activities/replay/add/", {"versions": [version.pk], **DAYS})
    kept = Replay.objects.get()
    assert answer.headers["location"] == f"/admin/activities/replay/{kept.pk}/change/"
    waiting = client.get(answer.headers["location"]).content.decode()
    assert "0 of about 3 activities" in waiting
    assert 'http-equiv="refresh"' in waiting
    replays.run(kept.pk)
    page = client.get(answer.headers["location"]).content.decode()
    assert "changes by -6 points: 0 more, 6 fewer, over 2 citizens" in page
    assert page.count("<rect") == 2
    assert 'http-equiv="refresh"' not in page


def test_a_replay_that_makes_no_sense_is_refused_in_the_form(client, clerk, correcting):  # noqa: F811
    version = correcting()
    client.force_login(clerk)
    wrong = {"versions": [version.pk], "first": DAYS["last"], "last": DAYS["first"]}
    assert "ends before it begins" in client.post("/admin/activities/replay/add/", wrong).content.decode()
    two = {"versions": list(Methodology.objects.filter(scenario=version.scenario).values_list("pk", flat=True)), **DAYS}
    assert "Choose one version a scenario." in client.post("/admin/activities/replay/add/", two).content.decode()
    assert not Replay.objects.exists()


def test_a_restatement_is_requested_by_one_and_approved_by_another(client, clerk, chief, correcting):  # noqa: F811
    version = correcting()
    client.force_login(clerk)
    form = {"after": version.pk, "reason_zh": "偏高", **DAYS}
    assert client.post("/admin/activities/restatement/add/", form).status_code == 200  # asks for the English
    assert not Restatement.objects.exists()
    form["reason_en"] = "too high"
    page = client.post("/admin/activities/restatement/add/", form).headers["location"]
    asked = Restatement.objects.get()
    assert "Approve and run" in client.get(page).content.decode()
    own = client.post(f"/admin/activities/restatement/{asked.pk}/decide/approve/", follow=True)
    assert "decided by somebody who did not request it" in own.content.decode()
    client.force_login(chief)
    client.post(f"/admin/activities/restatement/{asked.pk}/decide/approve/")
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("approved", chief)
    restatement.run(asked.pk)
    assert "-60000" in client.get(page).content.decode().replace(",", "")


def test_who_may_not_approve_is_refused(client, clerk, make_staff, correcting):  # noqa: F811
    asked = restatement.request(
        correcting(), restatement.date(2016, 8, 1), restatement.date(2016, 8, 2), ("有误", "wrong"), clerk
    )
    client.force_login(make_staff("viewer", "view_restatement"))
    assert client.post(f"/admin/activities/restatement/{asked.pk}/decide/approve/").status_code == 403
    assert Restatement.objects.get().state == "requested"
