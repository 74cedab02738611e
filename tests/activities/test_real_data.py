"""The real samples, taken in as they are by the commands; their READMEs say what must come out."""

import io
import json

import pytest
from django.core.management import call_command

from activities import audit
from activities.methodologies import recomputation
from activities.models import Activity, Reduction
from ledger import audit as ledger_audit
from tests.activities import samples

# committed batch by batch, as in production: statistics of one giant transaction mislead the planner
pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]


def run(command: str, *args: str) -> str:
    out = io.StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


def take_in(path, feed: str) -> dict:
    run("enrol", str(path), "--feed", feed)
    return json.loads(run("intake", str(path), "--feed", feed, "--json"))


def assert_sound() -> None:
    """The books balance, and every reduction is found again to the milligram."""
    assert not any((audit.run() | ledger_audit.run()).values())
    recomputed = recomputation.run(everything=True)
    assert (recomputed.checked, recomputed.mismatches) == (Reduction.objects.filter(reversal=False).count(), 0)


def test_mobike_rides(shared_data):
    path = shared_data / "bike_mobike_shanghai_2016" / "rides_full_12792.csv.gz"
    counts = take_in(path, "mobike-shanghai")
    # 13 rides under 2 minutes, 49 over 2 hours, none overlapping, none too fast
    assert counts == {
        "rows": 12_792,
        "accepted": 12_730,
        "held": 49,
        "rejected": 13,
        "quarantined": 0,
        "duplicates": 0,
        "unlinked": 0,
        "skipped": 0,
        "reduction_mg": 668_453_868,
        "points": 62_442,
        "measured": 12_792,
        "distance_m": 19_896_180,
        "corrected": 0,
        "cancelled": 0,
        "reasons": {"duration_too_long": 49, "duration_too_short": 13},
    }
    again = json.loads(run("intake", str(path), "--feed", "mobike-shanghai", "--json"))
    assert (again["duplicates"], again["reduction_mg"], again["points"]) == (12_792, 0, 0)
    assert_sound()


def test_shenzhen_taps_evening_and_morning(shared_data, tmp_path):
    """All taps of every card with several, and of a tenth of the cards with one."""
    folder = shared_data / "transit_shenzhen_2018"
    wholes = [folder / f"{name}.csv.gz" for name in ("taps_10000_evening", "taps_37000_morning")]
    cards = samples.cards_of_several_taps(*wholes)
    paths = [
        samples.cut(whole, tmp_path, lambda row: row["card_no"] in cards or row["card_no"].endswith("A"))
        for whole in wholes
    ]
    evening = take_in(paths[0], "shenzhen-tong")
    # 368 journeys (210 at one station, 6 more under 2 minutes) and 29 bus rides
    assert evening["reasons"] == {
        "awaiting_exit": 1_403 - 368,
        "entry_missing": 390 - 368,
        "same_place": 210,
        "duration_too_short": 6,
    }
    assert evening["accepted"] + evening["rejected"] == 368 + 29
    morning = take_in(paths[1], "shenzhen-tong")
    # 486 journeys and 2,635 bus taps, one of them twice; of companions on one card one counts
    assert morning["accepted"] + morning["rejected"] == 486 + 2_635 - 1
    assert morning["duplicates"] == 1
    assert morning["reasons"] == {
        "awaiting_exit": 1_536 - 486,
        "entry_missing": 1_524 - 486,
        "same_place": 23,
        "overlap": 4,
    }
    # no false pair over the night between the two files
    assert not Activity.objects.filter(
        status="accepted", started_at__lt="2018-08-31T22:00Z", ended_at__gt="2018-09-01T00:00Z"
    )
    for path in paths:
        again = json.loads(run("intake", str(path), "--feed", "shenzhen-tong", "--json"))
        assert (again["duplicates"], again["held"], again["points"]) == (again["rows"], 0, 0)
    assert_sound()
