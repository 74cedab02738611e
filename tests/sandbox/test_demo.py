"""The demo brings a small city through the real doors, once."""

import socket
import subprocess
from collections import Counter
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from accounts import sms
from accounts.linking import links
from accounts.linking.models import Link
from accounts.models import Citizen, User
from activities.intake import deliveries
from activities.models import Activity, Delivery
from config import clock
from rewards import redemption
from rewards.models import Batch, Merchant, Offer, Planting, Redemption
from sandbox import webhooks
from sandbox.city import people, reports
from sandbox.demo import customers, history, live, plan, processes, push_keys, recent, settlers, shops
from sandbox.demo.inbox import Inbox

NOON = datetime(2026, 9, 16, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")


@pytest.fixture
def town(db):
    """Forty people who all came on the first day."""
    town = reports.found(11, 40, date(2026, 9, 1))
    settlers.settle(town)
    return town


@pytest.fixture
def first_plan():
    return plan.Plan(11, 40, "2026-09-01", "2026-08-31")


@pytest.fixture
def posted(client, monkeypatch):
    """Webhooks reach the platform through the test client and are digested at once."""
    taken = []

    def post(url, body, headers, **kwargs):
        headers = {name: value for name, value in headers.items() if name != "content-type"}
        answer = client.post(urlsplit(url).path, body, content_type="application/json", headers=headers)
        assert answer.status_code == 202, answer.content
        answer.ok = True
        taken.append(deliveries.digest(answer.json()["delivery"]))
        return answer

    monkeypatch.setattr(webhooks.requests, "post", post)
    return taken


def test_people_settle_once(town):
    assert User.objects.filter(email__endswith=settlers.DOMAIN).count() == 40
    assert Link.objects.count() == sum(len(person.partners) for person in town.people)
    assert settlers.settle(town) == 0
    assert Citizen.objects.count() == 40
    citizen = Citizen.objects.get(user__email=settlers.DEMO_EMAIL)
    assert (citizen.nickname, citizen.ranked, citizen.links.count()) == ("晨风小骑士", True, 4)


def test_people_agreed_and_linked_before_their_first_day(town):
    opened = clock.day_start(town.opened)
    moments = dict(Citizen.objects.values_list("user__email", "created_at"))
    for person in town.people:
        first_day = clock.day_start(person.joined(town.opened))
        assert first_day - timedelta(days=31) < moments[settlers.email(person)] < first_day
    assert len(set(moments.values())) == 40
    for link in Link.objects.select_related("citizen", "consent__text"):
        assert link.linked_at == link.consent.created_at == link.citizen.created_at
        assert link.consent.text.published_at < link.consent.created_at
        assert link.reads_from == max(opened, clock.day_start(clock.city_day(link.linked_at)))
    early = [person for person in town.people if not person.joined_after_days]
    assert Citizen.objects.filter(created_at__lt=opened).count() == len(early)


def test_history_comes_in_by_files_and_only_what_is_missing(town, first_plan):
    said = []
    week = history.bring(town, first_plan, date(2026, 9, 7), said.append, processes=1)
    assert len(said) == 1
    assert week.accepted == Activity.objects.filter(status="accepted").count() > 150
    assert set(Delivery.objects.values_list("door", "state")) == {("file", "digested")}
    remembered = first_plan.delivered(date(2026, 9, 7))
    assert history.bring(town, remembered, date(2026, 9, 7), said.append, processes=1).rows == 0
    assert history.bring(town, first_plan, date(2026, 9, 7), said.append, processes=1).accepted == 0


@pytest.mark.parametrize(
    ("_case", "first", "last", "spans"),
    [
        ("one day", "2026-09-05", "2026-09-05", ["09-05 09-05"]),
        ("over a month's end", "2026-08-30", "2026-10-02", ["08-30 08-31", "09-01 09-30", "10-01 10-02"]),
        ("nothing", "2026-09-05", "2026-09-04", []),
    ],
)
def test_files_are_cut_where_months_end(_case, first, last, spans):
    found = history.spans(date.fromisoformat(first), date.fromisoformat(last))
    assert [f"{start:%m-%d} {end:%m-%d}" for start, end in found] == spans


def test_recent_days_come_in_by_webhook_once(town, posted):
    rows = recent.bring(town, "http://city", NOON)
    assert rows == sum(outcome.rows for outcome in posted) > 20
    assert not Activity.objects.filter(started_at__gt=NOON).exists()
    assert set(Delivery.objects.values_list("door", flat=True)) == {"webhook"}
    before = Activity.objects.count()
    recent.bring(town, "http://city", NOON)
    assert Activity.objects.count() == before > 20


def test_what_came_by_webhook_is_a_duplicate_in_the_file(town, first_plan, posted):
    recent.bring(town, "http://city", NOON)
    before = Counter(Activity.objects.values_list("status", flat=True))
    again = history.bring(
        town, first_plan.delivered(date(2026, 9, 14)), date(2026, 9, 15), lambda line: None, processes=1
    )
    assert again.accepted == 0
    assert again.duplicates > 20
    assert Counter(Activity.objects.values_list("status", flat=True)) == before


@pytest.fixture
def trickle(town, posted):
    said = []
    Link.objects.update(linked_at=NOON - timedelta(days=1))
    trickle = live.Trickle(town, "http://city", NOON, said.append)
    trickle.started, trickle.said = NOON, said
    return trickle


def test_the_city_lives_on_by_its_diary_and_by_passers_by(trickle, posted):
    day = NOON.date()
    planned = sum(
        recent.is_known(record, day, NOON + timedelta(hours=1)) and not recent.is_known(record, day, NOON)
        for records in reports.of_day(trickle.city, day).values()
        for record in records
    )
    rows = [trickle.tick(NOON + timedelta(minutes=minutes)) for minutes in range(0, 61, 5)]
    assert sum(rows) > planned
    assert sum(outcome.rows for outcome in posted) == sum(rows)
    assert sum(outcome.rejected for outcome in posted) == 0


def test_a_day_that_ends_is_reported_to_its_end(trickle, posted):
    trickle.reported_until = clock.day_end(NOON.date()) - timedelta(minutes=2)
    trickle.tick(clock.day_end(NOON.date()) - timedelta(minutes=1))
    trickle.tick(clock.day_end(NOON.date()) + timedelta(minutes=1))
    steps = Activity.objects.filter(scenario__code="walking", city_day=NOON.date())
    assert steps.filter(status="accepted").count() > 5


def test_a_guest_hears_from_the_partner_soon(trickle, posted, alice):
    partner = Link.objects.filter(partner__code="swift-bike")[0].partner
    links.open_many(
        partner, [(alice, people.subject("swift-bike", 1))], reads_from=clock.day_start(NOON.date()), channel="sandbox"
    )
    Link.objects.filter(citizen=alice).update(linked_at=NOON + timedelta(seconds=1))
    trickle.tick(NOON + timedelta(seconds=4))
    trickle.tick(NOON + timedelta(seconds=8))
    assert trickle.said == ["Swift Bike reports an activity of BIKE-000001."]
    activity = Activity.objects.get(citizen_id=alice.id)
    assert (activity.status, activity.ended_at) == ("accepted", NOON + timedelta(seconds=4))


def test_shops_open_once_and_staff_may_sign_in(db):
    shops.open_all()
    shops.open_all()
    assert Merchant.objects.count() == 6
    assert Offer.objects.filter(state="published", stock_left__gt=0).count() == 10
    staff = User.objects.get(email=shops.STAFF_EMAIL)
    assert staff.is_superuser and staff.check_password(shops.PASSWORD)
    assert not User.objects.get(email=shops.MERCHANT_EMAIL).is_staff


def test_the_demo_citizen_shops_once_if_there_are_points(town, give_points):
    shops.open_all()
    customers.shop()
    assert not Redemption.objects.exists()
    citizen = Citizen.objects.get(user__email=settlers.DEMO_EMAIL)
    give_points(citizen.id, 5000)
    customers.shop()
    assert not Planting.objects.exists()  # five shares plant a tree
    neighbours = Citizen.objects.exclude(pk=citizen.pk).order_by("user__email")
    for neighbour in neighbours[2:8]:
        give_points(neighbour.id, 200)
    customers.shop()
    customers.shop()
    assert sorted(redemption.of_citizen(citizen).values_list("state", flat=True)) == [
        "confirmed",
        "confirmed",
        "confirmed",
        "reserved",
    ]
    assert Batch.objects.get().net_fen == 1176  # 12 yuan less 2 %
    shares = Planting.objects.get().shares
    assert set(shares.values_list("citizen_id", flat=True)) == {citizen.pk, *(each.pk for each in neighbours[2:6])}


def test_the_same_city_is_recalled(db):
    demo = User.objects.create_user(username="demo", email=settlers.DEMO_EMAIL)
    with pytest.raises(plan.OtherCity, match="forgotten"):
        plan.recall(None, None)
    demo.delete()
    first = plan.recall(40, 30)
    assert first.next_day == clock.city_today() - timedelta(days=30)
    later = first.delivered(clock.city_today())
    User.objects.create_user(username="demo", email=settlers.DEMO_EMAIL)
    assert plan.recall(None, 7) == later
    with pytest.raises(plan.OtherCity, match="40 people"):
        plan.recall(41, None)


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(processes.NotStarted, match=str(port)):
            processes.require_free(port)


def test_a_web_server_that_never_answers_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "START_SECONDS", 0.3)
    process = subprocess.Popen(["sleep", "60"])
    try:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(processes.NotStarted, match="does not answer"):
                processes._await_answer(address, process, tmp_path / "web.log")
    finally:
        process.kill()
        process.wait()


def test_the_demo_has_a_key_pair_for_push_messages_of_its_own():
    first = push_keys.variables()
    assert push_keys.variables() == first
    assert len(first["VAPID_PRIVATE_KEY"]) == 43 and len(first["VAPID_PUBLIC_KEY"]) == 87
    assert (plan.folder() / "push_keys.json").stat().st_mode & 0o777 == 0o600


def test_codes_are_read_along(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    sms.send("+8613800138000", "before")
    inbox = Inbox(lambda line: None)
    assert list(inbox.read()) == []
    sms.send("+8613800138000", "123456 is your code")
    mail.send_mail("您的验证码", "您的验证码是 654321。", None, ["citizen@demo.example"])
    assert list(inbox.read()) == [
        "SMS to +8613800138000: 123456 is your code",
        "E-mail to citizen@demo.example: 654321",
    ]
    assert list(inbox.read()) == []
