import pytest

from accounts.models import Citizen, District, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice.user)
    return client


def change(client, **data):
    return client.patch("/api/v1/me", data, content_type="application/json")


@pytest.fixture
def nanshan():
    words = {"name_zh": "南山区", "name_en": "Nanshan"}
    return District.objects.update_or_create(code="nanshan", defaults=words)[0]


def test_me_says_who_i_am_without_showing_my_address(as_alice, alice):
    body = as_alice.get("/api/v1/me").json()
    created_at = body.pop("created_at")
    assert created_at
    assert body == {
        "id": str(alice.pk),
        "nickname": "",
        "district": None,
        "ranked": False,
        "weekly_goal_mg": None,
        "phone": "",
        "email": "a***@example.org",
    }


def test_nickname_district_and_rank_are_changed(as_alice, alice, nanshan):
    answer = change(as_alice, nickname="  小  绿 ", district="nanshan", ranked=True)
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert (alice.nickname, alice.district, alice.ranked) == ("小 绿", nanshan, True)
    assert change(as_alice, district=None).json()["district"] is None
    assert change(as_alice).json()["nickname"] == "小 绿"


@pytest.mark.parametrize(
    "nickname",
    ["a", "x" * 21, "a\u202eb", "<b>", "a\x00b", "--", ". .", "__", "\u0301a", "a \u0301", "a" + "\u0333" * 4]
    + ["\u1160\u1160", "a\ufe0f"],
)
def test_an_unfit_nickname_is_refused(as_alice, alice, nickname):
    answer = change(as_alice, nickname=nickname)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"nickname_unfit", "invalid"}
    alice.refresh_from_db()
    assert alice.nickname == ""


@pytest.mark.parametrize("nickname", ["नमस्ते", "ไทยดี", "Zoë-7", "1.", "小绿", "Ж·Ж", "b\u0333_\u0661"])
def test_names_of_every_script_fit(as_alice, nickname):
    assert change(as_alice, nickname=nickname).json()["nickname"] == nickname


def test_a_rank_needs_a_nickname(as_alice, alice):
    assert change(as_alice, ranked=True).json()["code"] == "nickname_needed"
    change(as_alice, nickname="Green", ranked=True)
    assert change(as_alice, nickname="").json()["code"] == "nickname_needed"
    alice.refresh_from_db()
    assert (alice.nickname, alice.ranked) == ("Green", True)


def test_an_unknown_district_is_refused(as_alice, alice):
    answer = change(as_alice, nickname="Green", district="atlantis")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "district" in answer.json()["fields"]
    alice.refresh_from_db()
    assert alice.nickname == ""


def test_a_suspended_citizen_changes_nothing(client, make_citizen):
    from django.utils import timezone

    citizen = make_citizen("carol", suspended_at=timezone.now())
    client.force_login(citizen.user)
    assert change(client, nickname="Green").json()["code"] == "citizen_suspended"
    assert client.get("/api/v1/me").json()["nickname"] == ""


def test_the_districts_are_listed(as_alice, nanshan):
    answer = as_alice.get("/api/v1/districts", headers={"Accept-Language": "en"})
    assert {"code": "nanshan", "name": "Nanshan", "name_zh": "南山区", "name_en": "Nanshan"} in answer.json()
    assert [row["code"] for row in answer.json()] == sorted(District.objects.values_list("code", flat=True))


def test_no_account_is_opened_before_the_age_is_confirmed(client):
    client.force_login(User.objects.create_user("dora"))
    for answer in (client.get("/api/v1/me"), client.get("/api/v1/links")):
        assert (answer.status_code, answer.json()["code"]) == (403, "age_unconfirmed")
    assert not Citizen.objects.exists()


def test_the_app_opens_the_account_and_twice_is_once(client):
    client.force_login(User.objects.create_user("dora"))
    first, again = (put(client, fourteen_or_older=True) for _number in range(2))
    assert first.json()["id"] == again.json()["id"] == str(Citizen.objects.get().pk)
    assert Citizen.objects.get().age_confirmed_at is not None
    assert client.get("/api/v1/me").status_code == 200


def test_who_tells_the_app_to_be_younger_is_forgotten(client):
    client.force_login(User.objects.create_user("dora", "dora@example.org"))
    assert put(client, fourteen_or_older=False).status_code == 204
    assert not User.objects.filter(email="dora@example.org").exists()
    assert client.get("/api/v1/me").status_code in {401, 403}


def test_who_has_an_account_is_not_forgotten_by_mistake(as_alice):
    assert put(as_alice, fourteen_or_older=False).status_code == 200
    assert Citizen.objects.count() == 1


def put(client, **said):
    return client.put("/api/v1/me", said, content_type="application/json")


@pytest.mark.parametrize("kind", [{"is_staff": True}, {"password": "a long password"}])
def test_staff_and_merchants_get_no_carbon_account(client, kind):
    user = User.objects.create_user("erin", "erin@example.org", **kind)
    client.force_login(user)
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_carbon_account")
    assert not Citizen.objects.exists()


def test_the_goal_of_a_week_is_set_and_checked(as_alice, alice):
    answer = as_alice.patch("/api/v1/me", {"weekly_goal_mg": 5_000_000}, content_type="application/json")
    assert answer.json()["weekly_goal_mg"] == 5_000_000
    answer = as_alice.patch("/api/v1/me", {"weekly_goal_mg": 5, "nickname": "heron"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "goal_unfit")
    alice.refresh_from_db()
    assert (alice.weekly_goal_mg, alice.nickname) == (5_000_000, "")
