"""How others write lines and points: encoded polylines, GeoJSON, well-known text."""

import re
from collections.abc import Iterator
from typing import Any

WKT = re.compile(r"(?:SRID=4326;)?\s*(?:MULTI)?(?:POINT|LINESTRING)\s*(?:Z|M|ZM)?\s*\(", re.IGNORECASE)
WKT_POSITION = re.compile(r"([^\s,()]+)\s+([^\s,()]+)(?:\s+[^\s,()]+)*")


class Unreadable(ValueError):  # noqa: N818  it is told as what is wrong with a track
    """What is wrong, in words for the partner."""


def decode_polyline(text: str, precision: int) -> Iterator[tuple[float, float]]:
    """(latitude, longitude) of an encoded polyline. Raises ValueError where it is cut short."""
    at, lat, lon, scale = 0, 0, 0, 10**precision
    while at < len(text):
        at, change = _decode_step(text, at)
        lat += change
        at, change = _decode_step(text, at)
        lon += change
        yield lat / scale, lon / scale


def _decode_step(text: str, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        if at >= len(text):
            raise Unreadable("the polyline ends within a point")
        bits = ord(text[at]) - 63
        if not 0 <= bits < 64:
            raise Unreadable(f"{text[at]!r} is no character of a polyline")
        value |= (bits & 31) << shift
        at, shift = at + 1, shift + 5
        if bits < 32:
            return at, ~(value >> 1) if value & 1 else value >> 1


def walk_geojson(document: Any) -> Iterator[tuple[Any, Any, Any]]:
    """(longitude, latitude, properties) of every point of a LineString, a list of Points, or collections of them."""
    kind = document["type"]
    if kind == "FeatureCollection":
        for feature in document["features"]:
            yield from walk_geojson(feature)
    elif kind == "Feature":
        for lon, lat, _properties in walk_geojson(document["geometry"]):
            yield lon, lat, document.get("properties") or {}
    elif kind == "Point":
        yield document["coordinates"][0], document["coordinates"][1], {}
    elif kind in ("LineString", "MultiPoint"):
        for position in document["coordinates"]:
            yield position[0], position[1], {}
    elif kind == "MultiLineString":
        for line in document["coordinates"]:
            for position in line:
                yield position[0], position[1], {}
    else:
        raise Unreadable(f"{kind!r} is no type of GeoJSON that is a track")


def is_wkt(text: str) -> bool:
    return text[:1] in "SPLMsplm" and WKT.match(text) is not None


def walk_wkt(text: str) -> Iterator[tuple[str, str]]:
    """The first two numbers of every position: `LINESTRING(121.4 31.2, 121.5 31.3)`. Raises ValueError."""
    start = WKT.match(text)
    if start is None:
        raise Unreadable("it does not begin like LINESTRING(121.4 31.2, 121.5 31.3)")
    for found in WKT_POSITION.finditer(text, start.end()):
        yield found[1], found[2]
