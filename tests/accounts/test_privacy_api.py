"""One's rights by the app's API: a copy, and the end of the account."""

import io
import time
import zipfile

import pytest

from accounts import privacy
from accounts.models import Departure, Export
from tests.accounts.test_privacy import sign_in_freshly

API = "/api/v1/me"


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice.user)
    return client


def test_a_copy_is_asked_for_watched_and_fetched(signed_in, bob, client):
    assert signed_in.get(f"{API}/copy").json()["code"] == "no_export"
    asked = signed_in.post(f"{API}/copy")
    assert (asked.status_code, asked.json()["ready_at"]) == (202, None)
    assert signed_in.post(f"{API}/copy").json()["code"] == "export_busy"
    file = f"{API}/copy/{asked.json()['id']}.zip"
    assert signed_in.get(file).json()["code"] == "no_export"
    privacy.make_waiting_exports()
    assert signed_in.get(f"{API}/copy").json()["percent"] == 100
    content = b"".join(signed_in.get(file).streaming_content)
    assert "account.csv" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    client.force_login(bob.user)
    assert client.get(file).status_code == 404
    assert Export.objects.count() == 1


def test_leaving_needs_a_fresh_sign_in_and_is_called_off(alice, client, give_points):
    give_points(alice.pk, 40)
    sign_in_freshly(client, alice, at=time.time() - 3600)
    assert client.get(f"{API}/departure").json() == {
        "departure": None,
        "losses": {"points": 40, "links": 0, "groups": 0},
    }
    answer = client.post(f"{API}/departure")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")
    assert not Departure.objects.exists()
    sign_in_freshly(client, alice)
    due_at = {client.post(f"{API}/departure").json()["departure"]["due_at"] for _time in range(2)}
    assert len(due_at) == 1  # safe to repeat
    assert client.delete(f"{API}/departure").status_code == 204
    assert client.delete(f"{API}/departure").status_code == 204
    assert not Departure.objects.exists()


@pytest.mark.parametrize("path", ["copy", "departure"])
def test_nobody_else_asks(client, db, path):
    assert client.post(f"{API}/{path}").status_code == 401
