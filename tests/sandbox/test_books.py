"""The books of a benchmark: what is compared, row by row."""

import pytest

from ledger.models import Chart
from ledger.posting import open_accounts
from sandbox.benchmarks import books


@pytest.mark.django_db
def test_an_empty_account_is_no_difference_and_points_are(alice, give_points):
    before = books.read()
    open_accounts([alice.id], Chart.OWED)  # as a correction that came second does
    assert books.read() == before
    give_points(alice.id, 5)
    assert books.count_by_name(books.read() - before) == {"wallets": 1, "transfers": 1}
