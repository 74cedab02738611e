"""A person above the rules: decisions, questions and appeals move the books exactly, or not at all."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.citizens import CitizenSuspended
from accounts.models import User
from activities import audit
from activities.models import Activity, Appeal, Decision, Question, Reduction
from activities.review import appeals, decisions, figures, questions
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in

LONG = ("1", "u1", "2016-08-01 08:00", "2016-08-01 10:30", "2.0")
FINE = ("2", "u1", "2016-08-01 12:00", "2016-08-01 12:10", "2.0")


@pytest.fixture
def reviewer(db) -> User:
    return User.objects.create_superuser("reviewer", password="a-long-password-1")


@pytest.fixture
def other_reviewer(db) -> User:
    return User.objects.create_superuser("another", password="a-long-password-2")


@pytest.fixture
def held(alice, bike_feed, link) -> Activity:
    link(alice, bike_feed, "u1")
    take_in(bike_feed, rides(LONG))
    return Activity.objects.get(status="held")


@pytest.fixture
def accepted(alice, bike_feed, link) -> Activity:
    link(alice, bike_feed, "u1")
    take_in(bike_feed, rides(FINE))
    return Activity.objects.get(status="accepted")


def nothing_wrong() -> bool:
    return not any((audit.run() | ledger_audit.run()).values())


def test_what_was_held_counts_once_a_person_says_so(held, reviewer):
    decisions.decide(held, "accepted", "The lock was broken; the ride is plausible.", reviewer)
    held.refresh_from_db()
    assert (held.status, held.reason) == ("accepted", "")
    assert Reduction.objects.live().get().reduction_mg == 67_760
    assert statements.balance(held.citizen_id) == 6
    decision = Decision.objects.get()
    assert (decision.kind, decision.verdict, decision.overruled) == ("review", "accepted", "duration_too_long")
    assert nothing_wrong()


def test_a_decision_outlives_a_second_delivery(held, reviewer, bike_feed):
    decisions.decide(held, "accepted", "Plausible.", reviewer)
    take_in(bike_feed, rides(LONG, FINE), "again.csv")
    assert Activity.objects.filter(status="accepted").count() == 2
    assert Reduction.objects.live().count() == 2
    assert nothing_wrong()


def test_a_rejection_after_crediting_is_taken_back_by_reversal(accepted, reviewer):
    assert statements.balance(accepted.citizen_id) == 6
    decisions.decide(accepted, "rejected", "The operator says the bike was on a lorry.", reviewer)
    accepted.refresh_from_db()
    assert (accepted.status, accepted.reason) == ("rejected", "reviewed")
    assert statements.balance(accepted.citizen_id) == 0
    rows = Reduction.objects.order_by("created_at", "reversal").values_list("reduction_mg", "points", "cause")
    assert sorted(rows) == [(-67_760, -6, "reviewed"), (67_760, 6, "credited")]
    assert not Reduction.objects.live().exists()
    assert nothing_wrong()


@pytest.mark.parametrize(
    ("verdict", "note", "problem"),
    [("accepted", "  ", decisions.NoteMissing), ("held", "no", decisions.DecisionUnchanged)],
)
def test_a_decision_without_sense_leaves_no_trace(held, reviewer, verdict, note, problem):
    with pytest.raises(problem):
        decisions.decide(held, verdict, note, reviewer)
    held.refresh_from_db()
    assert (held.status, held.decision) == ("held", None)
    assert not Decision.objects.exists()
    assert not Reduction.objects.exists()


@pytest.mark.parametrize("reason", ["awaiting_exit", "unpaired", "cancelled", "merged", "methodology_missing"])
@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_what_was_told_or_only_waits_is_not_for_reviewers(held, reviewer, verdict, reason):
    Activity.objects.update(reason=reason)
    with pytest.raises(decisions.NotReviewable):
        decisions.decide(held, verdict, "Let it pass.", reviewer)
    assert not Decision.objects.exists()


def test_an_appeal_against_what_the_partner_took_back_since_can_only_be_refused(held, alice, reviewer):
    appeal = appeals.file(alice, held, "I rode around the lake with my son.")
    Activity.objects.update(status="rejected", reason="cancelled")
    with pytest.raises(decisions.NotReviewable):
        appeals.answer(appeal.pk, "accepted", "Fine.", reviewer)
    assert not Decision.objects.exists()
    appeals.answer(appeal.pk, "rejected", "The partner took it back; only the partner can correct that.", reviewer)
    held.refresh_from_db()
    assert (held.status, held.reason, held.decision) == ("rejected", "cancelled", None)
    assert Appeal.objects.get().decision.verdict == "rejected"
    assert nothing_wrong()


def test_a_decision_is_never_changed(held, reviewer):
    decision = decisions.decide(held, "accepted", "Plausible.", reviewer)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(verdict="rejected")
    with pytest.raises(DatabaseError), transaction.atomic():
        decision.delete()


def test_an_appeal_is_filed_once_and_granted_by_someone_else(held, alice, reviewer, other_reviewer):
    decisions.decide(held, "rejected", "Too long for a ride.", reviewer)
    held.refresh_from_db()
    appeal = appeals.file(alice, held, "I rode around the lake with my son.")
    assert appeals.file(alice, held, "I rode around the lake with my son.") == appeal
    with pytest.raises(appeals.AppealedAlready):
        appeals.file(alice, held, "And another thing.")
    with pytest.raises(appeals.AnotherPersonNeeded):
        appeals.answer(appeal.pk, "accepted", "Fine.", reviewer)
    assert not Reduction.objects.exists()
    appeals.answer(appeal.pk, "accepted", "The lake is 2 km around: it fits.", other_reviewer)
    held.refresh_from_db()
    assert held.status == "accepted"
    assert statements.balance(alice.id) == 6
    assert Reduction.objects.live().get().cause in ("appealed", "credited")
    with pytest.raises(appeals.AppealDecided):
        appeals.answer(appeal.pk, "rejected", "No.", other_reviewer)
    assert nothing_wrong()


def test_a_refused_appeal_says_why_and_moves_nothing(held, alice, reviewer):
    appeal = appeals.file(alice, held, "It was a ride.")
    appeals.answer(appeal.pk, "rejected", "The bike was reported broken in between.", reviewer)
    held.refresh_from_db()
    assert (held.status, held.reason) == ("rejected", "reviewed")
    assert Appeal.objects.get().decision.note == "The bike was reported broken in between."
    assert not Reduction.objects.exists()


def test_an_error_in_what_counts_is_reported_once_and_taken_back_by_reversal(accepted, alice, reviewer):
    report = appeals.file(alice, accepted, "I had lent my card to a friend.")
    assert (report.against, report.reason) == ("accepted", "")
    assert statements.balance(alice.id) == 6
    with pytest.raises(appeals.AppealedAlready):
        appeals.file(alice, accepted, "And another thing.")
    appeals.answer(report.pk, "rejected", "Thank you: it is your friend's ride.", reviewer)
    accepted.refresh_from_db()
    assert (accepted.status, accepted.reason) == ("rejected", "reviewed")
    assert statements.balance(alice.id) == 0
    rows = Reduction.objects.values_list("reduction_mg", "points", "cause")
    assert sorted(rows) == [(-67_760, -6, "appealed"), (67_760, 6, "credited")]
    assert nothing_wrong()


def test_a_report_that_is_not_followed_leaves_the_books_as_they_are(accepted, alice, reviewer):
    report = appeals.file(alice, accepted, "I think it was longer.")
    appeals.answer(report.pk, "accepted", "The operator has measured it by stations.", reviewer)
    accepted.refresh_from_db()
    assert accepted.status == "accepted"
    assert statements.balance(alice.id) == 6
    assert Reduction.objects.get().cause == "credited"
    assert Appeal.objects.get().decision.overruled == ""
    assert nothing_wrong()


def test_an_appeal_is_stored_encrypted(held, alice):
    appeal = appeals.file(alice, held, "I visited my doctor.")
    assert "doctor" not in appeal.text_encrypted
    assert Appeal.objects.get().text == "I visited my doctor."


@pytest.mark.parametrize(
    ("change", "text", "problem"),
    [
        ({}, "no", appeals.AppealTextUnfit),
        ({"reason": "awaiting_exit"}, "It was me.", appeals.AppealNotOpen),
        ({"status": "rejected", "reason": "cancelled"}, "It was me.", appeals.AppealNotOpen),
        ({"status": "rejected", "reason": "merged"}, "It was me.", appeals.AppealNotOpen),
        ({"status": "rejected", "reason": "unpaired"}, "It was me.", appeals.AppealNotOpen),
        ({"created_at": timezone.now() - timedelta(days=91)}, "It was me.", appeals.AppealTooLate),
    ],
)
def test_an_appeal_that_cannot_be_is_refused(held, alice, change, text, problem):
    Activity.objects.update(**change)
    with pytest.raises(problem):
        appeals.file(alice, held, text)
    assert not Appeal.objects.exists()


def test_a_suspended_citizen_cannot_appeal(held, alice):
    alice.suspended_at = timezone.now()
    alice.save()
    with pytest.raises(CitizenSuspended):
        appeals.file(alice, held, "It was me.")
    assert not Appeal.objects.exists()


def test_a_question_is_open_until_it_is_answered(held, alice, reviewer):
    questions.ask(held, "Did you lock the bike?", reviewer)
    with pytest.raises(questions.QuestionOpen):
        questions.ask(held, "And where?", reviewer)
    questions.answer(alice, held, "At the station.")
    with pytest.raises(questions.QuestionClosed):
        questions.answer(alice, held, "Really.")
    assert Question.objects.get().answer == "At the station."
    assert "station" not in Question.objects.get().answer_encrypted


def test_the_rate_of_wrong_decisions_is_of_what_people_looked_at(held, alice, bike_feed, reviewer, other_reviewer):
    take_in(bike_feed, rides(("3", "u1", "2016-08-02 08:00", "2016-08-02 10:30", "2.0")), "b.csv")
    take_in(bike_feed, rides(("4", "u1", "2016-08-03 08:00", "2016-08-03 10:30", "2.0")), "c.csv")
    first, second, third = Activity.objects.order_by("started_at")
    decisions.decide(first, "rejected", "Too long.", reviewer)
    decisions.decide(second, "accepted", "Plausible.", reviewer)
    appeals.answer(appeals.file(alice, Activity.objects.get(pk=first.pk), "It was me.").pk, "accepted", "Yes.",
                   other_reviewer)  # fmt: skip
    appeals.file(alice, third, "It was me too.")
    rule = next(row for row in figures.of_rules(timezone.now() - timedelta(days=1)) if row.code == "duration_too_long")
    assert (rule.found, rule.decided, rule.overturned, rule.open_appeals) == (3, 2, 2, 1)
    assert rule.percentage == "100.0%"


def test_the_citizens_page_takes_the_appeal_and_shows_the_outcome(held, alice, client, reviewer):
    client.force_login(alice.user)
    page = reverse("activity", args=[held.pk])
    assert reverse("activity_appeal", args=[held.pk]) in client.get(page).content.decode()
    refused = client.post(reverse("activity_appeal", args=[held.pk]), {"appeal": "no"})
    assert refused.status_code == 400
    assert not Appeal.objects.exists()
    assert client.post(reverse("activity_appeal", args=[held.pk]), {"appeal": "It was me."}).status_code == 302
    appeals.answer(Appeal.objects.get().pk, "accepted", "Right you are.", reviewer)
    assert "Right you are." in client.get(page).content.decode()


def test_the_citizens_page_takes_a_report_on_what_counts(accepted, alice, client, reviewer):
    client.force_login(alice.user)
    client.cookies["tanpuhui_language"] = "en"
    page = reverse("activity", args=[accepted.pk])
    assert "Report an error" in client.get(page).text
    assert client.post(reverse("activity_appeal", args=[accepted.pk]), {"appeal": "It was shorter."}).status_code == 302
    assert "Report an error" not in client.get(page).text
    appeals.answer(Appeal.objects.get().pk, "rejected", "So it was.", reviewer)
    told = client.get(page).text
    assert "What came of your report" in told
    assert "So it was." in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": "rejected", "reason": "cancelled"}, "Only the partner can change this"),
        ({"created_at": timezone.now() - timedelta(days=91), "status": "rejected"}, "The time to appeal is over"),
    ],
)
def test_the_page_says_why_nothing_can_be_appealed(held, alice, client, change, says):
    Activity.objects.update(**change)
    client.force_login(alice.user)
    client.cookies["tanpuhui_language"] = "en"
    page = client.get(reverse("activity", args=[held.pk])).text
    assert says in page
    assert reverse("activity_appeal", args=[held.pk]) not in page


@pytest.mark.parametrize("entry", ["held", "accepted"])
def test_a_stranger_finds_nothing_to_appeal(entry, request, bob, client):
    activity = request.getfixturevalue(entry)
    client.force_login(bob.user)
    assert client.post(reverse("activity_appeal", args=[activity.pk]), {"appeal": "It was me."}).status_code == 404
    assert client.post(reverse("activity_answer", args=[activity.pk]), {"answer": "Yes."}).status_code == 404
    assert client.put(reverse("api_appeal", args=[activity.pk]), {"text": "It was me."},
                      content_type="application/json").status_code == 404  # fmt: skip
    assert not Appeal.objects.exists()


def test_the_app_appeals_and_reads_the_answer(held, alice, client, reviewer):
    client.force_login(alice.user)
    url = reverse("api_appeal", args=[held.pk])
    first = client.put(url, {"text": "It was me."}, content_type="application/json")
    assert (first.status_code, first.json()["decision"]) == (200, None)
    refused = client.put(url, {"text": "It was someone else."}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "appealed_already")
    appeals.answer(Appeal.objects.get().pk, "rejected", "The bike was broken.", reviewer)
    word = client.get(reverse("api_activity", args=[held.pk])).json()["word"]
    assert word["appeal"]["decision"]["note"] == "The bike was broken."
    assert word["may_appeal"] is False


def test_the_app_reports_an_error_in_what_counts(accepted, alice, client, reviewer):
    client.force_login(alice.user)
    url = reverse("api_activity", args=[accepted.pk])
    assert client.get(url).json()["word"]["may_appeal"] is True
    filed = client.put(reverse("api_appeal", args=[accepted.pk]), {"text": "It was shorter."},
                       content_type="application/json")  # fmt: skip
    assert (filed.status_code, filed.json()["decision"]) == (200, None)
    client.force_login(reviewer)
    desk = reverse("admin:activities_appeal_change", args=[Appeal.objects.get().pk])
    assert "It was shorter." in client.get(desk).text
    assert client.get(reverse("admin:activities_appeal_changelist")).status_code == 200
    client.post(reverse("admin:activities_appeal_decide", args=[Appeal.objects.get().pk]),
                {"verdict": "rejected", "note": "So it was."})  # fmt: skip
    client.force_login(alice.user)
    told = client.get(url).json()
    assert (told["word"]["appeal"]["decision"]["verdict"], told["activity"]["status"]) == ("rejected", "rejected")
    assert told["word"]["may_appeal"] is False


def test_the_desk_shows_what_is_held_and_decides(held, client, reviewer):
    client.force_login(reviewer)
    queue = reverse("admin:activities_heldactivity_changelist")
    assert client.get(queue).status_code == 200
    page = client.get(reverse("admin:activities_heldactivity_change", args=[held.pk]))
    assert page.status_code == 200
    decide = reverse("admin:activities_heldactivity_decide", args=[held.pk])
    assert decide in page.content.decode()
    client.post(reverse("admin:activities_heldactivity_ask", args=[held.pk]), {"question": "Did you lock the bike?"})
    assert Question.objects.count() == 1
    client.post(decide, {"verdict": "accepted", "note": "Plausible."})
    held.refresh_from_db()
    assert held.status == "accepted"
    assert client.get(reverse("admin:rule_figures")).status_code == 200


def test_only_reviewers_decide(held, client, db):
    clerk = User.objects.create_user("clerk", password="a-long-password-3", is_staff=True)
    client.force_login(clerk)
    decide = reverse("admin:activities_heldactivity_decide", args=[held.pk])
    assert client.post(decide, {"verdict": "accepted", "note": "Plausible."}).status_code == 403
    assert not Decision.objects.exists()


def test_an_address_that_is_no_id_is_not_found(client, db):
    client.force_login(User.objects.create_superuser("chief", "chief@example.org"))
    assert client.get("/admin/activities/heldactivity/nothing/change/").status_code == 404
