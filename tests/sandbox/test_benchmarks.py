"""The benchmark measures what it says: both ways of taking rides in give the same books."""

import pytest
from django.utils import timezone

from accounts.linking.models import Link
from activities import audit
from activities.intake import deliveries
from activities.models import Delivery, Feed, Tally
from ledger import audit as ledger_audit
from sandbox.benchmarks import intake, rides, row_by_row


def booked() -> list[tuple[int, int, int]]:
    return sorted(Tally.objects.values_list("reduction_mg", "points", "remainder_mg"))


@pytest.mark.django_db
def test_the_baseline_books_the_same_as_the_pipeline():
    feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    subjects = rides.open_city(feed, 20)
    body = rides.write_file(subjects, 50, 0)
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "a", body)
    deliveries.digest(delivery.pk)
    by_pipeline = booked()
    Link.objects.update(ended_at=timezone.now(), ended_by="staff")  # the same people again, as new citizens

    subjects = rides.open_city(feed, 20)
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "b", body)
    for draft in intake._drafts(feed, body):
        row_by_row.take_in(delivery, draft)
    assert booked() == sorted(by_pipeline * 2)
    assert not any((audit.run() | ledger_audit.run()).values())
