"""The benchmark measures what it says: both ways of taking rides in give the same books."""

import pytest
from django.db import transaction

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
    with transaction.atomic():
        delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "a", body)
        deliveries.digest(delivery.pk)
        by_pipeline = booked()
        transaction.set_rollback(True)

    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "b", body)
    for draft in intake._drafts(feed, body):
        row_by_row.take_in(delivery, draft)
    assert booked() == by_pipeline
    assert sum(points for _mg, points, _carried in by_pipeline) > 0
    assert not any((audit.run() | ledger_audit.run()).values())
