"""A copy of everything, for its owner only; and the end of an account that leaves every sum true."""

import csv
import io
import time
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.internal.userkit import user_id_to_str
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import citizens, groups, privacy
from accounts.linking import links
from accounts.linking.models import Link
from accounts.models import Citizen, Departure, Export, Group, Partner, User
from ledger import statements

DAY = timedelta(days=1)


@pytest.fixture
def ann(make_citizen, give_points):
    citizen = make_citizen("ann", nickname="ann", ranked=True)
    partner = Partner.objects.get(code="swift-bike")
    links.open_many(partner, [(citizen, "subject-of-ann")], reads_from=timezone.now())
    groups.found(citizen, Group.Kind.FRIENDS, "Herons")
    give_points(citizen.pk, 40)
    return citizen


def tables(citizen):
    export = privacy.latest_export(citizen)
    with privacy.open_export(citizen, export.pk) as file, zipfile.ZipFile(file) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def test_a_copy_holds_what_every_room_has(ann):
    export = privacy.request_export(ann)
    with pytest.raises(privacy.ExportBusy):
        privacy.request_export(ann)
    assert privacy.make_waiting_exports() == 1
    privacy.make_export(export.pk)  # safe to repeat
    assert (Export.objects.count(), privacy.make_waiting_exports()) == (1, 0)
    copy = tables(ann)
    assert copy["account.csv"][0]["email"] == "ann@example.org"
    assert copy["links.csv"][0]["your_id_there"] == "subject-of-ann"
    assert copy["consents.csv"][0]["partner"] == "swift-bike"
    assert copy["groups.csv"][0]["group"] == "Herons"
    assert [row["points"] for row in copy["points.csv"]] == ["40"]
    assert {"activities.csv", "reductions.csv", "redemptions.csv", "notices.csv"} <= set(copy)


def test_a_copy_is_its_owner_s_and_ends(ann, bob, client):
    export = privacy.request_export(ann)
    with pytest.raises(privacy.NoExport):
        privacy.open_export(ann, export.pk)  # not ready
    privacy.make_export(export.pk)
    with pytest.raises(privacy.NoExport):
        privacy.open_export(bob, export.pk)
    client.force_login(bob.user)
    assert client.get(f"/accounts/privacy/copy/{export.pk}.zip").status_code == 404
    client.force_login(ann.user)
    answer = client.get(f"/accounts/privacy/copy/{export.pk}.zip")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    Export.objects.update(expires_at=timezone.now())
    assert client.get(f"/accounts/privacy/copy/{export.pk}.zip").status_code == 404
    path = Export.objects.get().path
    assert privacy.drop_old_exports() == 1
    assert not default_storage.exists(path)
    answer.close()  # the last, as it closes the connection to the database


def test_formulas_in_a_copy_are_quoted():
    assert [privacy._plain(value) for value in ("=1+1", "+1", "a", -3)] == ["'=1+1", "'+1", "a", -3]


def test_the_page_shows_progress_then_the_download(ann, client):
    client.force_login(ann.user)
    client.post("/accounts/privacy/copy/")
    page = client.get("/accounts/privacy/").text
    assert "<progress" in page and 'hx-trigger="every 2s"' in page
    privacy.make_waiting_exports()
    part = client.get("/accounts/privacy/?part=export").text
    assert "<html" not in part and ".zip" in part


def sign_in_freshly(client, citizen, at=None):
    client.force_login(citizen.user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": at or time.time()}]
    session["account_authentication_methods_user"] = user_id_to_str(citizen.user)
    session.save()


def test_leaving_needs_a_fresh_sign_in_and_can_be_called_off(ann, client):
    sign_in_freshly(client, ann, at=time.time() - 3600)
    assert client.post("/accounts/privacy/delete/").status_code == 200
    assert not Departure.objects.exists()
    sign_in_freshly(client, ann)
    page = client.get("/accounts/privacy/delete/").text
    assert "<dd>40</dd>" in page
    client.post("/accounts/privacy/delete/")
    client.post("/accounts/privacy/delete/")
    due_at = Departure.objects.get().due_at
    assert timedelta(days=6) < due_at - timezone.now() <= timedelta(days=7)
    assert privacy.erase_due() == 0
    client.post("/accounts/privacy/keep/")
    assert not Departure.objects.exists()
    assert Citizen.objects.get(pk=ann.pk).user == ann.user


def test_erasing_forgets_the_person_and_keeps_the_sums(ann, bob, capsys):
    user_id, group = ann.user_id, Group.objects.get()
    bob.nickname = "bob"
    bob.save()
    groups.join_by_token(bob, groups.invite(groups.membership(ann, group.pk)))
    privacy.make_export(privacy.request_export(ann).pk)
    path = Export.objects.get().path
    privacy.request_departure(ann)
    Departure.objects.update(due_at=timezone.now() - DAY)
    assert (privacy.erase_due(), privacy.erase_due()) == (1, 0)
    privacy.erase(ann.pk)  # may run twice
    erased = Citizen.objects.get(pk=ann.pk)
    assert (erased.user, erased.nickname, erased.ranked, erased.erased_at is None) == (None, "", False, False)
    assert not User.objects.filter(pk=user_id).exists()
    link = Link.objects.get(citizen=ann)
    assert (link.ended_by, link.subject, link.hint) == ("erased", "", "")
    assert groups.member_ids(group) == [bob.pk]
    assert groups.membership(bob, group.pk).role == "owner"
    assert not default_storage.exists(path)
    assert statements.balance(ann.pk) == 40


def test_nobody_signs_in_as_who_is_erased(ann):
    privacy.erase(ann.pk)
    fresh = User.objects.create_user(username=str(uuid4()), email="ann@example.org")
    assert citizens.open_account(fresh).pk != ann.pk
