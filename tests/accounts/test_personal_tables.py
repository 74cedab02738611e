"""Every table that names a person is in the copy, or says here why not; and what is left of it after an erasure."""

import zipfile
from datetime import time

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from accounts import groups, privacy
from accounts.models import Citizen, Group, User
from dashboard.notifications import inbox, wishes
from dashboard.notifications.models import Dispatch, Subscription
from dashboard.notifications.sources import Draft

PEOPLE = {"citizen", "citizen_id", "holder", "user", "made_by"}
"""What a column is called that leads to a person; those of staff and merchants are `by`, `author`, `decided_by` …"""

COPIED = {
    "account_emailaddress": "addresses",
    "accounts_achievementearned": "achievements",
    "accounts_citizen": "account",
    "accounts_consent": "consents",
    "accounts_departure": "departure",
    "accounts_invite": "invitations",
    "accounts_membership": "groups",
    "accounts_standing": "levels",
    "activities_activity": "activities",
    "activities_appeal": "appeals",
    "activities_campaignaward": "bonuses",
    "activities_claim": "claims",
    "activities_decision": "decisions",
    "activities_finding": "findings",
    "activities_instrument": "cards_and_devices",
    "activities_question": "questions",
    "activities_reduction": "reductions",
    "dashboard_share": "challenges",
    "ledger_account": "points",
    "ledger_expirynotice": "points_that_expire",
    "linking_link": "links",
    "mfa_authenticator": "second_steps",
    "notifications_manner": "quiet_hours",
    "notifications_notice": "notices",
    "notifications_subscription": "push_devices",
    "notifications_wish": "notice_wishes",
    "rewards_redemption": "redemptions",
    "usersessions_usersession": "sessions",
}
LEFT_OUT = {
    "accounts_export": "the copies themselves",
    "accounts_user_groups": "of staff only",
    "accounts_user_user_permissions": "of staff only",
    "activities_dailytotal": "sums of reductions",
    "activities_event": "keyed digests of the activities' ids at the partner",
    "activities_restatement": "of one citizen where the desk asks for it; what it changes is in reductions",
    "activities_tally": "sums of reductions",
    "django_admin_log": "what staff did; of a person it names, the name goes",
    "ledger_hold": "its points are in points",
    "linking_ticket": "for the minutes of linking from the app",
    "notifications_dispatch": "notices on their way",
    "rewards_member": "of merchants, who are no citizens",
    "rewards_offerstep": "of staff and merchants",
    "rewards_step": "of staff and merchants",
    "socialaccount_socialaccount": "always empty: partners are linked in linking_link",
}
STAY = {
    "accounts_citizen": "an id without a person",
    "accounts_consent": "append-only, under that id",
    "accounts_departure": "that the account was ended",
    "activities_activity": "what the sums are made of",
    "activities_appeal": "without its text",
    "activities_campaignaward": "booked",
    "activities_claim": "booked",
    "activities_dailytotal": "sums",
    "activities_decision": "what was booked for it",
    "activities_finding": "without its evidence",
    "activities_reduction": "booked",
    "activities_restatement": "booked",
    "activities_tally": "sums",
    "ledger_account": "booked",
    "ledger_expirynotice": "an amount and a day",
    "ledger_hold": "booked",
    "linking_link": "without the partner's id of the person",
    "rewards_redemption": "in the merchants' statements",
}


def tables() -> dict[str, list[tuple[type[Model], str]]]:
    """The columns that lead to a person, by table."""
    found: dict[str, list[tuple[type[Model], str]]] = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.fields:
            if field.name in PEOPLE:
                found.setdefault(model._meta.db_table, []).append((model, field.attname))
    return found


def test_each_table_is_copied_or_says_why_not():
    assert set(COPIED) | set(LEFT_OUT) == set(tables())
    assert not set(COPIED) & set(LEFT_OUT)


def test_the_copy_holds_what_is_promised(alice):
    privacy.make_export(privacy.request_export(alice).pk)
    with privacy.open_export(alice, privacy.latest_export(alice).pk) as file, zipfile.ZipFile(file) as archive:
        names = {name.removesuffix(".csv") for name in archive.namelist()}
    assert names == {*COPIED.values(), "README.txt"}


@pytest.fixture
def ann(make_citizen, give_points):
    citizen = make_citizen("ann", nickname="ann")
    give_points(citizen.pk, 10)
    inbox.add([Draft(citizen.pk, "achievement", "achievement:1", {})])
    wishes.save(citizen.pk, {("achievement", "email"): False}, (time(21), time(6)))
    groups.invite(groups.found(citizen, Group.Kind.FRIENDS, "Herons"))
    Subscription.objects.create(citizen_id=citizen.pk, endpoint_digest=b"0" * 16, content_encrypted="x")
    EmailAddress.objects.create(user=citizen.user, email="ann@example.org")
    agent = {"ip": "192.0.2.1", "user_agent": "Firefox"}
    UserSession.objects.create(user=citizen.user, session_key="k", last_seen_at=timezone.now(), **agent)
    return citizen


def test_nothing_but_books_is_left_of_who_is_erased(ann):
    user_id = ann.user_id
    privacy.request_departure(ann)
    privacy.erase(ann.pk)
    left = {
        table
        for table, columns in tables().items()
        for model, column in columns
        if model._base_manager.filter(**{f"{column}__in": [ann.pk, user_id]}).exists()
    }
    assert left == {"accounts_departure", "ledger_account"}
    assert left <= set(STAY)
    assert not Dispatch.objects.filter(notice__citizen_id=ann.pk).exists()
    assert set(STAY) <= set(COPIED) | set(LEFT_OUT)


def test_the_desk_s_log_forgets_the_name_and_keeps_the_deed(ann, bob):
    desk = User.objects.create_superuser("desk", "desk@example.org")
    for one in (ann, ann.user, bob):
        LogEntry.objects.create(
            user=desk,
            content_type=ContentType.objects.get_for_model(type(one)),
            object_id=str(one.pk),
            object_repr=str(one),
            action_flag=CHANGE,
        )
    privacy.erase(ann.pk)
    told = LogEntry.objects.order_by("pk").values_list("object_repr", "action_flag")
    assert list(told) == [("", CHANGE), ("", CHANGE), (str(bob), CHANGE)]


def test_one_that_fails_does_not_hold_up_the_others(ann, bob, monkeypatch, caplog):
    for one in (ann, bob):
        privacy.request_departure(one)
    privacy.Departure.objects.update(due_at=timezone.now() - privacy.LATE * 2)
    erase = privacy.erase

    def fail(citizen_id):
        if citizen_id == ann.pk:
            raise ValueError("a row that nobody expected")
        erase(citizen_id)

    monkeypatch.setattr(privacy, "erase", fail)
    assert (privacy.erase_due(), privacy.overdue()) == (1, 1)
    assert f"fail of {ann.pk} failed" in caplog.text
    assert list(Citizen.objects.filter(erased_at=None)) == [ann]
    monkeypatch.setattr(privacy, "erase", erase)
    assert (privacy.erase_due(), privacy.overdue()) == (1, 0)


def test_so_with_copies(ann, bob, monkeypatch, caplog):
    for one in (ann, bob):
        privacy.request_export(one)
    make, broken = privacy.make_export, privacy.latest_export(ann).pk

    def fail(export_id):
        if export_id == broken:
            raise ValueError("a row that nobody expected")
        make(export_id)

    monkeypatch.setattr(privacy, "make_export", fail)
    assert privacy.make_waiting_exports() == 1
    assert f"fail of {broken} failed" in caplog.text
    assert privacy.latest_export(bob).ready_at
    assert not privacy.latest_export(ann).ready_at
