"""Simulated rides and steps beside real ones."""

import csv
import gzip
import json
from datetime import datetime

import numpy as np
import pytest

from sandbox.city.records import Flaw

pytestmark = pytest.mark.data


def column(path, name):
    with gzip.open(path, "rt") as file:
        return np.array([float(row[name]) for row in csv.DictReader(file)])


def honest(records):
    return [record.row for record in records if record.flaw is Flaw.NONE]


def test_rides_are_as_long_and_as_fast_as_real_ones(shared_data, month):
    real = shared_data / "bike_mobike_shanghai_2016" / "rides_wide_97867.csv.gz"
    real_m, real_s = column(real, "path_distance_m_derived"), column(real, "duration_min_derived") * 60
    rows = [row for row in honest(month["swift-bike"]) if row["product"] != "carpool"]
    made_m = np.array([float(row["distance_km"]) * 1000 for row in rows])
    took = [datetime.fromisoformat(row["locked_at"]) - datetime.fromisoformat(row["unlocked_at"]) for row in rows]
    made_s = np.array([duration.total_seconds() for duration in took])
    for made, found in ((made_m, real_m), (made_s, real_s)):
        assert np.percentile(made, 50) == pytest.approx(np.percentile(found, 50), rel=0.12)
        assert np.percentile(made, 25) == pytest.approx(np.percentile(found, 25), rel=0.15)
        assert np.percentile(made, 75) == pytest.approx(np.percentile(found, 75), rel=0.15)
        assert np.percentile(made, 99) == pytest.approx(np.percentile(found, 99), rel=0.30)
    assert np.median(made_m / made_s) == pytest.approx(np.median(real_m / real_s), rel=0.05)
    assert np.percentile(made_m / made_s, 99) * 3.6 < 25


def test_rides_are_as_long_as_the_profile_says(shared_data, month):
    """The profile measures straight lines; the path is 1.28 times as long at the median."""
    profile = json.loads((shared_data / "bike_mobike_shanghai_2016" / "profile.json").read_text())["rides_full_12792"]
    made_m = [float(row["distance_km"]) * 1000 for row in honest(month["swift-bike"]) if row["product"] != "carpool"]
    assert np.percentile(made_m, 50) == pytest.approx(1.28 * profile["crow_m"]["50%"], rel=0.15)
    assert np.percentile(made_m, 99) == pytest.approx(1.28 * profile["crow_m"]["99%"], rel=0.25)


def test_steps_spread_as_real_ones(shared_data, month):
    real = column(shared_data / "steps_fitbit" / "dailyActivity_merged.csv.gz", "TotalSteps")
    made = np.array([row["steps"] for row in honest(month["step-health"]) if "steps" in row])
    assert np.percentile(made, 50) == pytest.approx(7406, rel=0.12)
    for percent in (75, 90, 95, 99):
        assert np.percentile(made, percent) == pytest.approx(np.percentile(real, percent), rel=0.15)
    assert (made == 0).mean() == pytest.approx((real == 0).mean(), abs=0.05)
