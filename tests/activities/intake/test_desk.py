"""The desk: a sample tried without a trace, a file taken in, a partner's page, suspension and its lifting."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Partner, User
from activities.intake import deliveries, quality, yaml_text
from activities.models import Delivery, Feed, QuarantinedRow, Supervision
from tests.activities.conftest import rides, take_in

GOOD = ("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")
BAD = ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "-1")


@pytest.fixture
def desk(client, db):
    client.force_login(User.objects.create_superuser("staff", "staff@example.org", "a long password"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def post_sample(desk, feed: Feed, body: bytes, **more):
    sample = SimpleUploadedFile("sample.csv", body)
    values = {"format": yaml_text.dump(feed.format), "sample": sample, **more}
    return desk.post(f"/admin/activities/feed/{feed.pk}/sample/", values)


def test_a_sample_is_shown_and_leaves_nothing(desk, bike_feed):
    page = post_sample(desk, bike_feed, rides(GOOD, BAD), **{"try": "1"}).content.decode()
    assert "2 rows were read" in page
    assert "value_negative" in page
    assert "-1 is negative" in page
    assert "2016-08-01 08:00:00" in page
    assert not Delivery.objects.exists()
    assert not QuarantinedRow.objects.exists()


def test_another_format_is_tried_but_not_saved(desk, bike_feed):
    before = bike_feed.format
    other = yaml_text.dump(before).replace("unit: km", "unit: mi")
    page = post_sample(desk, bike_feed, rides(GOOD), **{"try": "1", "format": other}).content.decode()
    assert "2414" in page
    wrong = yaml_text.dump(before).replace("unit: km", "unti: km")
    page = post_sample(desk, bike_feed, rides(GOOD), **{"try": "1", "format": wrong}).content.decode()
    assert "did you mean &#x27;unit&#x27;?" in page
    bike_feed.refresh_from_db()
    assert bike_feed.format == before


def test_a_file_that_would_be_refused_says_so(desk, bike_feed):
    page = post_sample(desk, bike_feed, b"a,b\n1,2\n", **{"try": "1"}).content.decode()
    assert "missing_column" in page


def test_a_file_is_taken_in_as_a_delivery(desk, bike_feed):
    answer = post_sample(desk, bike_feed, rides(GOOD), deliver="1")
    delivery = Delivery.objects.get()
    assert answer["Location"] == f"/admin/activities/delivery/{delivery.pk}/change/"
    assert ProcrastinateJob.objects.get().args == {"delivery_id": str(delivery.pk)}
    assert deliveries.digest(delivery.pk).rows == 1


def test_strangers_do_not_try_samples(client, bike_feed):
    assert client.get(f"/admin/activities/feed/{bike_feed.pk}/sample/").status_code == 302
    client.force_login(User.objects.create_user("clerk", "clerk@example.org", "x", is_staff=True))
    assert client.get(f"/admin/activities/feed/{bike_feed.pk}/sample/").status_code == 403


def age(days: float) -> None:
    """Everything received so far was received so many days ago."""
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=days))


def supervision(feed: Feed, **thresholds) -> Supervision:
    quality.ensure()
    Supervision.objects.filter(partner=feed.partner).update(**thresholds)
    return Supervision.objects.get(partner=feed.partner)


def test_the_measures_of_a_partner_are_exact(alice, bike_feed, link, django_assert_num_queries):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(GOOD))
    age(20)
    body = rides(
        ("3", "7", "2016-08-03 08:00", "2016-08-03 08:10", "3"),
        ("3", "7", "2016-08-03 08:00", "2016-08-03 08:10", "3"),
        BAD,
    )
    take_in(bike_feed, body)
    one = supervision(bike_feed)
    with django_assert_num_queries(4):
        found = quality.measure([one], days=True)[one.partner_id]
    assert (found.deliveries, found.rows, found.quarantined, found.duplicates) == (1, 3, 1, 1)
    assert (found.distance_m, found.distance_drift_pct) == (3000, 100)
    # 1 row in the 13 days before the window, 3 in the 7 days of it
    assert found.volume_drift_pct == round(100 * (3 / 7) / (1 / 13) - 100)
    assert found.late_p50_s > 9 * 365 * 86_400
    assert found.reasons == [("value_negative", "crow_distance_km_derived", 1)]
    assert found.deductions == {
        "quarantined": 67, "duplicates": 8, "lateness": 10, "volume_drift": 20, "distance_drift": 20,
    }  # fmt: skip
    assert (found.score, len(found.days)) == (0, 2)


def test_bad_data_suspends_and_staff_lift_it(desk, alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(GOOD, BAD))
    one = supervision(bike_feed, rows_min=3)
    assert quality.supervise() == []  # too few rows to conclude anything
    Supervision.objects.update(rows_min=2)
    assert quality.supervise() == ["mobike"]
    assert quality.supervise() == []
    one.refresh_from_db()
    assert one.suspended_for == {"measure": "quarantine_max_pct", "value": 50.0, "bound": 20, "rows": 2}
    with pytest.raises(deliveries.FeedClosed):
        take_in(bike_feed, rides(GOOD))
    address = f"/admin/activities/supervision/{one.pk}/change/"
    assert "50.0 %, above 20 %" in desk.get(address).content.decode()
    desk.post(address, {"lift": "1"})
    one.refresh_from_db()
    assert (one.suspended_at, quality.supervise()) == (None, [])
    assert take_in(bike_feed, rides(GOOD)).duplicates == 1


def test_silence_is_told_but_stops_nothing(desk, bike_feed):
    one = supervision(bike_feed, silence_max_h=24)
    take_in(bike_feed, rides(GOOD))
    age(2)
    assert (
        "Nothing came for longer than expected"
        in desk.get(f"/admin/activities/supervision/{one.pk}/change/").content.decode()
    )
    assert (quality.supervise(), Partner.objects.filter(supervision__suspended_at=None, code="mobike").count()) == (
        [],
        1,
    )
