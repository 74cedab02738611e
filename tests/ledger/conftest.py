import pytest

from ledger import audit


@pytest.fixture
def sound(db):
    """The book that a test leaves behind holds every invariant."""
    yield
    assert set(audit.run().values()) == {0}, audit.run()
