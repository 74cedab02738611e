"""Datums, polylines and tracks: published values, and what holds for any place and any way."""

from itertools import pairwise
from math import cos, hypot, radians

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from activities.intake import geodesy, geometries, tracks
from activities.intake.geodesy import DEGREE_M, crow_fly_m
from activities.intake.tracks import JITTER_M, Fix

CENTIMETRE_M = 0.01
in_china = st.tuples(st.floats(73.7, 135), st.floats(18.2, 53.5))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


@pytest.mark.parametrize(
    ("shift", "shifted"),
    [
        (geodesy.wgs84_to_gcj02, (116.41024449916938, 39.91640428150164)),
        (geodesy.gcj02_to_bd09, (116.41036949371029, 39.92133699351022)),
    ],
)
def test_shifts_are_those_that_others_publish(shift, shifted):
    assert shift((116.404, 39.915)) == pytest.approx(shifted, abs=1e-9)


@given(in_china)
def test_a_place_in_china_comes_back_from_any_datum(place):
    gcj02 = geodesy.wgs84_to_gcj02(place)
    assert 20 < crow_fly_m(place, gcj02) < 1500
    assert crow_fly_m(geodesy.to_wgs84(gcj02, "gcj02"), place) < CENTIMETRE_M
    assert crow_fly_m(geodesy.to_wgs84(geodesy.gcj02_to_bd09(gcj02), "bd09"), place) < CENTIMETRE_M
    assert geodesy.to_wgs84(place, "wgs84") == place


@given(anywhere)
def test_outside_china_gcj02_is_wgs84(place):
    assume(not (72 <= place[0] <= 138 and 0.8 <= place[1] <= 56))
    assert geodesy.wgs84_to_gcj02(place) == geodesy.to_wgs84(place, "gcj02") == place


@given(anywhere, anywhere, anywhere)
def test_distances_are_those_of_a_sphere(a, b, c):
    assert crow_fly_m(a, b) == pytest.approx(crow_fly_m(b, a), abs=1e-6)
    assert crow_fly_m(a, a) == 0
    assert crow_fly_m(a, c) <= crow_fly_m(a, b) + crow_fly_m(b, c) + 1e-3


def encode(points: list[tuple[int, int]]) -> str:
    """The published algorithm, for whole steps of the last digit."""
    text, before = "", (0, 0)
    for point in points:
        for now, then in zip(point, before, strict=True):
            change = now - then
            value = ~(change << 1) if change < 0 else change << 1
            while value >= 32:
                text += chr((32 | value & 31) + 63)
                value >>= 5
            text += chr(value + 63)
        before = point
    return text


def test_the_published_polyline_is_read():
    published = "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    assert list(geometries.decode_polyline(published, 5)) == [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]
    assert encode([(3850000, -12020000), (4070000, -12095000), (4325200, -12645300)]) == published


@given(st.sampled_from([5, 6]), st.data())
def test_any_polyline_is_read_as_it_was_written(precision, data):
    scale = 10**precision
    point = st.tuples(st.integers(-90 * scale, 90 * scale), st.integers(-180 * scale, 180 * scale))
    points = data.draw(st.lists(point, max_size=50))
    found = list(geometries.decode_polyline(encode(points), precision))
    assert found == [(lat / scale, lon / scale) for lat, lon in points]


@given(st.text(max_size=60))
def test_any_text_is_a_polyline_or_no_track(text):
    try:
        assert all(len(point) == 2 for point in geometries.decode_polyline(text, 5))
    except ValueError as error:
        assert str(error)


step_m = st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)).filter(lambda step: hypot(*step) > 2 * JITTER_M)


@st.composite
def ways(draw) -> list[tuple[float, float]]:
    """Places of a way in a Chinese city, none so near the last one that it could be jitter."""
    places = [draw(st.tuples(st.floats(80, 130), st.floats(20, 50)))]
    for east, north in draw(st.lists(step_m, min_size=1, max_size=30)):
        lon, lat = places[-1]
        places.append((lon + east / DEGREE_M / cos(radians(lat)), lat + north / DEGREE_M))
    return places


def measure(places, **options) -> dict[str, int]:
    return tracks.measure([Fix(place) for place in places], **options)


@given(ways())
def test_a_way_is_no_shorter_than_the_straight_line_and_its_own_sum(places):
    found = measure(places)
    assert found["distance_m"] >= found["displacement_m"] - 1
    assert found["distance_m"] == round(sum(crow_fly_m(a, b) for a, b in pairwise(places)))
    assert 0 <= found["repeated_pct"] <= 100


@given(ways())
def test_a_way_back_is_as_long(places):
    there, back = measure(places), measure(places[::-1])
    assert {name: there[name] for name in ("points", "displacement_m", "extent_m")} == {
        name: back[name] for name in ("points", "displacement_m", "extent_m")
    }
    assert abs(there["distance_m"] - back["distance_m"]) <= 1  # rounded


@given(ways(), st.floats(-20, 20))
def test_a_way_elsewhere_on_its_parallel_is_as_long(places, east):
    moved = [(lon + east, lat) for lon, lat in places]
    for name in ("distance_m", "displacement_m", "extent_m"):
        assert abs(measure(places)[name] - measure(moved)[name]) <= 1


@given(ways(), st.integers(0, 29))
def test_standing_still_makes_no_way_longer(places, at):
    at %= len(places)
    waiting = [*places[: at + 1], *[places[at]] * 5, *places[at + 1 :]]
    assert measure(waiting)["distance_m"] == measure(places)["distance_m"]


@given(ways(), st.randoms(use_true_random=False))
def test_points_told_in_any_order_are_sorted_by_their_times(places, random):
    fixes = [Fix(place, at_s=number * 60.0) for number, place in enumerate(places)]
    mixed = random.sample(fixes, len(fixes))
    assert tracks.measure(mixed) == tracks.measure(fixes)
