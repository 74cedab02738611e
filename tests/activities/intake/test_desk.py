"""The desk: a sample tried without a trace, a file taken in, a partner's page, suspension and its lifting."""

import csv
import io
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Partner, User
from activities.intake import deliveries, quality, yaml_text
from activities.intake.problems import Refused
from activities.models import Delivery, Feed, QuarantinedRow, Supervision
from tests.activities.conftest import rides, take_in

GOOD = ("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")
LAST_END = datetime(2016, 8, 3, 8, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
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


def test_each_of_the_first_rows_is_told_with_what_becomes_of_it(desk, bike_feed):
    page = post_sample(desk, bike_feed, rides(GOOD, BAD), **{"try": "1"}).content.decode()
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert [("activity" in row, "quarantined" in row) for row in rows] == [(True, False), (False, True)]
    assert "<span>distance (m)</span> 1500" in rows[0]
    assert "<b>crow_distance_km_derived</b>: -1 is negative" in rows[1]
    assert "2 | 7 | 2016-08-01 09:00" in rows[1]
    assert "<code>event_id</code>" in page.split("Columns of the file")[1]
    assert "<b>Next:</b>" in page
    assert "until you agree with every line" in page


def test_a_format_that_reads_every_row_may_be_saved(desk, bike_feed):
    other = yaml_text.dump(bike_feed.format).replace("unit: km", "unit: mi")
    page = post_sample(desk, bike_feed, rides(GOOD), **{"try": "1", "format": other}).content.decode()
    assert 'name="save"' in page
    address = f"/admin/activities/feed/{bike_feed.pk}/sample/"
    assert desk.post(address, {"format": other, "save": "1"})["Location"] == address
    bike_feed.refresh_from_db()
    assert bike_feed.format == yaml_text.load(other)
    assert 'name="save"' not in post_sample(desk, bike_feed, rides(GOOD), **{"try": "1"}).content.decode()
    wrong = other.replace("unit: mi", "unit: miles")
    assert "one of: m, km, mi, ft" in desk.post(address, {"format": wrong, "save": "1"}).content.decode()
    bike_feed.refresh_from_db()
    assert bike_feed.format == yaml_text.load(other)


def test_a_declaration_is_shown_in_the_order_in_which_it_is_read(desk, bike_feed):
    page = desk.get(f"/admin/activities/feed/{bike_feed.pk}/sample/").content.decode()
    places = [page.index(f"\n{key}:") for key in ("zone", "subject", "event_id", "cases")]
    assert places == sorted(places)


def test_a_file_that_would_be_refused_says_so(desk, bike_feed):
    page = post_sample(desk, bike_feed, b"a,b\n1,2\n", **{"try": "1"}).content.decode()
    assert "missing_column" in page


def test_a_file_is_taken_in_as_a_delivery(desk, bike_feed):
    answer = post_sample(desk, bike_feed, rides(GOOD), deliver="1")
    delivery = Delivery.objects.get()
    assert answer["Location"] == f"/admin/activities/delivery/{delivery.pk}/change/"
    assert ProcrastinateJob.objects.get().args == {"delivery_id": str(delivery.pk)}
    assert deliveries.digest(delivery.pk).rows == 1


def test_a_delivery_shows_its_quarantine_and_hands_it_back_as_csv(desk, alice, bike_feed, link):
    link(alice, bike_feed, "7")
    formula = ("=1+1", "7", "soon", "2016-08-01 09:10", "1")
    take_in(bike_feed, rides(GOOD, BAD, formula, ("4", "stranger", "2016-08-01 09:00", "", "x")))
    delivery = Delivery.objects.get()
    page = desk.get(f"/admin/activities/delivery/{delivery.pk}/change/").content.decode()
    assert "a value is negative <code>value_negative</code>" in page
    assert "Download 3 rows for the partner (CSV)" in page
    answer = desk.get(f"/admin/activities/delivery/{delivery.pk}/quarantine.csv")
    assert answer["Content-Disposition"] == f'attachment; filename="quarantine-{delivery.pk}.csv"'
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(row["line"], row["code"], row["field"]) for row in lines] == [
        ("3", "value_negative", "crow_distance_km_derived"),
        ("4", "time_unreadable", "start_time"),
        ("5", "value_missing", "end_time"),
    ]
    assert lines[0]["row"] == "['2', '7', '2016-08-01 09:00', '2016-08-01 09:10', '-1']"
    assert lines[2]["row"] == ""  # of people who are not linked only the reason is kept
    assert not any(row[name].startswith(("=", "-", "+")) for row in lines for name in row)


def test_who_may_not_run_feeds_reads_no_raw_rows(client, make_staff, bike_feed, alice, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(BAD))
    delivery = Delivery.objects.get()
    client.force_login(make_staff("reader", "view_delivery", "view_quarantinedrow"))
    page = client.get(f"/admin/activities/delivery/{delivery.pk}/change/")
    assert (page.status_code, b"quarantine.csv" in page.content) == (200, False)
    assert client.get(f"/admin/activities/delivery/{delivery.pk}/quarantine.csv").status_code == 403


def test_a_refused_delivery_says_why_in_the_language_of_the_desk(desk, bike_feed):
    with pytest.raises(Refused):
        take_in(bike_feed, b"a,b\n1,2\n")
    address = f"/admin/activities/delivery/{Delivery.objects.get().pk}/change/"
    assert "Refused whole: a column is missing" in desk.get(address).content.decode()
    assert "整份被拒收：缺少列" in desk.get(address, headers={"accept-language": "zh-hans"}).content.decode()


def test_what_is_no_data_is_named_in_the_language_of_the_desk(desk, bike_feed):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("reports/day.csv", b"%PDF-1.7")
    with pytest.raises(Refused):
        take_in(bike_feed, body.getvalue())
    address = f"/admin/activities/delivery/{Delivery.objects.get().pk}/change/"
    assert "reports/day.csv: this is a PDF; export CSV" in desk.get(address).content.decode()
    chinese = desk.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert "reports/day.csv: 这是 PDF；请导出为 CSV" in chinese


def test_a_large_sample_is_read_only_as_far_as_it_is_shown(desk, bike_feed, monkeypatch):
    monkeypatch.setattr("activities.feed_admin.SAMPLE_ROWS_MAX", 100)
    many = rides(*[(str(n), "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5") for n in range(40_000)])
    page = post_sample(desk, bike_feed, many, **{"try": "1"}).content.decode()
    assert "100 rows were read (only the first ones of the file)" in " ".join(page.split())


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
    assert found.late_p50_s == found.late_p95_s == -(-(timezone.now() - LAST_END).total_seconds() // 86_400) * 86_400
    assert found.reasons == [("value_negative", "crow_distance_km_derived", 1)]
    assert found.deductions == {
        "quarantined": 67, "duplicates": 8, "lateness": 10, "volume_drift": 20, "distance_drift": 20,
    }  # fmt: skip
    assert (found.score, len(found.days)) == (0, 2)


def test_supervision_reads_no_activities(bike_feed, django_assert_num_queries):
    one = supervision(bike_feed)
    with django_assert_num_queries(2):
        quality.measure([one])
    for query in (quality.RECEIVED, quality.LATENESS, quality.DAYS):
        assert "activities_activity" not in query


def test_bodies_that_cannot_be_read_cost_the_score_and_suspend(desk, bike_feed):
    one = supervision(bike_feed)
    for number in range(3):
        assert (quality.measure([one])[one.partner_id].score, quality.supervise()) == (0 if number else None, [])
        with pytest.raises(Refused):
            take_in(bike_feed, b"a,b\n1,2\n")
    assert quality.supervise() == ["mobike"]
    one.refresh_from_db()
    assert one.suspended_for == {"measure": "refused_max_pct", "value": 100.0, "bound": 90, "deliveries": 3}
    page = desk.get(f"/admin/activities/supervision/{one.pk}/change/").content.decode()
    assert "deliveries that could not be read: 100.0 %, above 90 % (of 3 deliveries)" in page


def test_one_body_of_two_that_cannot_be_read_costs_half_the_score(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    now = timezone.localtime(timezone=LAST_END.tzinfo)
    at = (
        f"{now - timedelta(hours=3):%Y-%m-%d %H:%M}",
        f"{now - timedelta(hours=3) + timedelta(minutes=10):%Y-%m-%d %H:%M}",
    )
    take_in(bike_feed, rides(("1", "7", *at, "1.5")))
    with pytest.raises(Refused):
        take_in(bike_feed, b"a,b\n1,2\n")
    one = supervision(bike_feed)
    found = quality.measure([one])[one.partner_id]
    assert (found.deductions, found.score, found.late_p50_s) == ({"unread": 50}, 50, 3 * 3600)
    Delivery.objects.filter(state="refused").update(state="failed")
    found = quality.measure([one])[one.partner_id]
    assert (found.failed, found.refused, found.score, quality.supervise()) == (1, 0, 50, [])


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
