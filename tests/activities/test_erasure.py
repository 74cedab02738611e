"""Erasing a person leaves every book sound, and nothing that leads back to them."""

from accounts import privacy
from activities import audit
from activities.models import Event, Reduction
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in


def test_the_books_are_sound_after_an_erasure(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(
        bike_feed, rides(*((str(n), "7", f"2016-08-{n:02} 08:00", f"2016-08-{n:02} 08:10", "1.5") for n in range(1, 9)))
    )
    balance = statements.balance(alice.pk)
    assert balance > 0
    privacy.erase(alice.pk)
    assert not any((audit.run() | ledger_audit.run()).values())
    assert statements.balance(alice.pk) == balance
    assert Reduction.objects.filter(citizen_id=alice.pk).count() == 8
    assert not Event.objects.filter(citizen_id=alice.pk).exists()
    late = take_in(
        bike_feed, rides(("99", "7", "2016-08-20 08:00", "2016-08-20 08:10", "1.5"))
    )  # nobody of ours any more
    assert Reduction.objects.count() == 8, late
