"""Precision and recall on real samples and on made cheats; docs/integrity.md shows the same table."""

import random
from collections import Counter
from pathlib import Path

import pytest
import yaml

from accounts.models import Partner
from activities.intake import formats
from activities.integrity import cadence, registry
from activities.models import Activity, Feed
from tests.activities import samples
from tests.activities.test_real_data import take_in

pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]

FEEDS = Path(__file__).parents[2] / "docs" / "feeds"


@pytest.fixture
def feed(transactional_db):
    def make(name: str) -> str:
        declared = yaml.safe_load((FEEDS / f"{name}.yaml").read_text())["feeds"][0]
        formats.parse(declared["format"])
        partner = Partner.objects.get(code=declared["partner"])
        Feed.objects.update_or_create(code=name, defaults={"partner": partner, "format": declared["format"]})
        return name

    return make


def verdicts() -> dict[tuple[str, str], int]:
    return dict(Counter(Activity.objects.values_list("status", "reason")))


def test_no_car_or_bus_passes_as_a_bike(shared_data, feed):
    take_in(shared_data / "gps_gotrack_aracaju" / "go_track_trackspoints.csv.gz", feed("gotrack-points"))
    # 163 tracks, 28 of them copies of another under a new id, 48 under 100 m
    assert verdicts() == {
        ("rejected", "mode_implausible"): 96,
        ("rejected", "speed_implausible"): 9,
        ("rejected", "same_place"): 52,
        ("rejected", "duration_too_short"): 3,
        ("held", "thin_track"): 2,
        ("held", "circling"): 1,
    }


def test_real_rides_are_not_punished(shared_data, feed, tmp_path):
    """All rides of everybody who rode long, fast or twice at once, and of a twentieth of the others."""
    whole = shared_data / "bike_mobike_shanghai_2016" / "rides_wide_97867.csv.gz"
    riders = samples.suspicious_riders(whole)
    path = samples.cut(whole, tmp_path, lambda row: row["userid"] in riders or int(row["userid"]) % 20 == 0)
    counts = take_in(path, feed("mobike-wide"))
    # 408 over 2 hours; of 7 overlaps two are among the too long; of 90 over 25 km/h 39 are over 35 km/h
    assert counts["reasons"] == {"duration_too_long": 408, "overlap": 5, "speed_implausible": 39}
    assert (counts["rows"], counts["accepted"]) == (8_453, 8_001)


def test_real_rides_with_places_are_not_punished(shared_data, feed):
    path = shared_data / "bike_mobike_shanghai_2016" / "rides_track_1000.csv.gz"
    counts = take_in(path, feed("mobike-tracks"))
    assert (counts["accepted"], counts["reasons"]) == (994, {"duration_too_long": 5, "duration_too_short": 1})


def test_people_pass_and_shakers_do_not(shared_data, feed):
    take_in(shared_data / "steps_fitbit" / "hourlySteps_restored.csv.gz", feed("fitbit-hours"))
    assert verdicts() == {("accepted", ""): 614, ("held", "cadence"): 1}


def test_every_shaker_profile_is_found():
    """As sold: 6,000 to 8,000 steps an hour for three hours and more, each hour within 8 % of the machine's pace."""
    chance = random.Random(7)
    settings = registry.parse("cadence", {})
    missed = 0
    for _each in range(500):
        pace, hours = chance.randint(6000, 8000), [chance.randint(0, 600) for _hour in range(24)]
        begin, length = chance.randint(0, 16), chance.randint(3, 8)
        for hour in range(begin, begin + length):
            hours[hour] = round(pace * chance.uniform(0.92, 1.08))
        missed += not cadence.find(sum(hours), hours, settings)
    assert missed == 0
