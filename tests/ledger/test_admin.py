"""Staff look at the book and cannot touch it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from ledger import holds
from ledger.models import Account, Chart, Hold, Transfer
from ledger.posting import post
from tests.ledger.book import award, fingerprint, holder

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    post([award("alice", 10)])
    holds.place(uuid4(), holder("alice"), 4, timezone.now() + timedelta(days=1))
    client.force_login(User.objects.create_superuser(username="staff"))
    return client


@pytest.mark.parametrize("model", [Account, Transfer, Hold])
def test_the_book_is_listed_and_shown_and_never_changed(staff, model):
    name, row = model._meta.model_name, model.objects.first()
    before = fingerprint()
    assert staff.get(f"/admin/ledger/{name}/").status_code == 200
    assert staff.get(f"/admin/ledger/{name}/{row.pk}/change/").status_code == 200
    assert staff.post(f"/admin/ledger/{name}/{row.pk}/change/", {"amount": 1}).status_code == 403
    assert staff.post(f"/admin/ledger/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"/admin/ledger/{name}/add/").status_code == 403
    assert fingerprint() == before


def test_an_account_shows_the_balance_that_its_transfers_make(staff):
    account = Account.objects.get(code=Chart.CITIZEN)
    Account.objects.filter(id=account.id).update(balance=99)
    page = staff.get(f"/admin/ledger/account/{account.id}/change/").content.decode()
    assert '<div class="readonly">99</div>' in page
    assert '<div class="readonly">6</div>' in page


def test_a_search_finds_a_holder_by_its_whole_id_only(staff):
    found = staff.get(f"/admin/ledger/transfer/?q={holder('alice')}").context["cl"].result_count
    assert found == 2
    assert staff.get("/admin/ledger/transfer/?q=alice").context["cl"].result_count == 0
    assert staff.get(f"/admin/ledger/transfer/?q={uuid4()}").context["cl"].result_count == 0
