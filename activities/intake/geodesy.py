"""Places on the ground: datums, straight lines, cells of a grid. Pure; degrees in, metres out.

GCJ-02 is the shifted datum of Chinese maps, BD-09 Baidu's shift on top of it. Both shifts are smooth, so their
inverse is found by fixed-point iteration; outside China GCJ-02 is WGS-84.
"""

from math import asin, atan2, cos, floor, hypot, pi, radians, sin, sqrt

EARTH_M = 6_371_008.8
"""Mean radius."""
AXIS_M, ECCENTRICITY2 = 6_378_245.0, 0.00669342162296594323
"""The Krasovsky ellipsoid, in which GCJ-02 is defined."""
BAIDU = pi * 3000 / 180
DEGREE_M = EARTH_M * pi / 180
INVERSIONS = 5

Place = tuple[float, float]
"""(longitude, latitude) in WGS-84 degrees, unless a name says otherwise."""


AREA_DEGREES = 0.05
"""Enough to see a leap across the city, too coarse to tell where anyone lives."""


def crow_fly_m(a: Place, b: Place) -> float:
    """The great-circle distance."""
    lat_a, lat_b = radians(a[1]), radians(b[1])
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b[0] - a[0]) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def cell(place: Place, size_m: int) -> str:
    """The name of the grid cell of about this size that a place is in; the same for near places."""
    row = floor(place[1] * DEGREE_M / size_m)
    width = cos(radians((row + 0.5) * size_m / DEGREE_M)) * DEGREE_M
    return f"{size_m}:{row}:{floor(place[0] * width / size_m)}"


def area(place: Place) -> list[int]:
    """The area of AREA_DEGREES, some 5 km wide, that a place is in: columns from Greenwich, rows from the equator."""
    return [floor(place[0] / AREA_DEGREES), floor(place[1] / AREA_DEGREES)]


def to_wgs84(place: Place, datum: str) -> Place:
    """A place of the datum `wgs84`, `cgcs2000` (the same to a few centimetres), `gcj02` or `bd09`."""
    if datum == "bd09":
        place = _bd09_to_gcj02(place)
    return gcj02_to_wgs84(place) if datum in ("gcj02", "bd09") else place


def gcj02_to_wgs84(place: Place) -> Place:
    lon, lat = place
    for _ in range(INVERSIONS):
        shifted = wgs84_to_gcj02((lon, lat))
        lon, lat = lon + place[0] - shifted[0], lat + place[1] - shifted[1]
    return lon, lat


def wgs84_to_gcj02(place: Place) -> Place:
    lon, lat = place
    if not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271):
        return place
    x, y = lon - 105, lat - 35
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    flat = 1 - ECCENTRICITY2 * sin(radians(lat)) ** 2
    north *= 180 / (AXIS_M * (1 - ECCENTRICITY2) / (flat * sqrt(flat)) * pi)
    east *= 180 / (AXIS_M / sqrt(flat) * cos(radians(lat)) * pi)
    return lon + east, lat + north


def gcj02_to_bd09(place: Place) -> Place:
    lon, lat = place
    far = hypot(lon, lat) + 0.00002 * sin(lat * BAIDU)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * BAIDU)
    return far * cos(angle) + 0.0065, far * sin(angle) + 0.006


def _bd09_to_gcj02(place: Place) -> Place:
    lon, lat = place[0] - 0.0065, place[1] - 0.006
    for _ in range(INVERSIONS):
        shifted = gcj02_to_bd09((lon, lat))
        lon, lat = lon + place[0] - shifted[0], lat + place[1] - shifted[1]
    return lon, lat
