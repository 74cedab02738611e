"""Places and tracks of a row. They are read, measured and dropped: what is kept are lengths and digests of cells."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from activities.intake import geodesy
from activities.intake.cells import Cells, spell
from activities.intake.formats.vocabulary import Moment, Point, Track
from activities.intake.geodesy import Place
from activities.intake.moments import Moments
from activities.intake.problems import RowError
from activities.intake.rows import Row
from activities.intake.tracks import Fix
from config import secrecy

PER_DEGREE = {"degrees": 1.0, "microdegrees": 1e6, "e7": 1e7}
POINTS_MAX = 100_000


@lru_cache(maxsize=65_536)
def digest_cell(cell: str) -> bytes:
    """The same for all partners, so that one journey told by two of them can be recognised."""
    return secrecy.digest("cell", cell)


class Places:
    """Binds declared places and tracks to the columns of a body."""

    def __init__(self, cells: Cells, moments: Moments) -> None:
        self.cells = cells
        self.moments = moments

    def point(self, point: Point) -> Callable[[Row], Place | None]:
        """WGS-84; None where the row has none. Raises RowError from within."""
        field = " + ".join(point.names)
        locate = _locating(point, field)
        if point.column != "":
            value = self.cells.value(point.column)
            return lambda row: locate(*_pair(value(row), point, field))
        lon, lat = self.cells.cell(point.lon), self.cells.cell(point.lat)
        return lambda row: locate(lon(row), lat(row))

    def track(self, track: Track) -> Callable[[Row], list[Fix]]:
        """The points of a row's track; [] where it has none. Raises RowError from within."""
        field, value, read = str(track.column), self.cells.value(track.column), self._fixes(track)

        def look(row: Row) -> list[Fix]:
            found = value(row)
            if found in (None, "", []):
                return []
            try:
                fixes = list(read(found))
            except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
                raise RowError("track_unreadable", field, f"not a track of kind {track.kind}: {error}"[:200]) from None
            if len(fixes) > POINTS_MAX:
                raise RowError("track_unreadable", field, f"{len(fixes)} points are more than {POINTS_MAX}")
            return fixes

        return look

    def _fixes(self, track: Track) -> Callable[[Any], Iterator[Fix]]:
        field = str(track.column)
        at = self._times(track)
        locate = _locating(track, field)

        def place(lon: Any, lat: Any) -> Place:
            found = locate(spell(lon), spell(lat))
            if found is None:
                raise ValueError("a point without a place")
            return found

        def of_text(value: str) -> Iterator[Fix]:
            for point in filter(None, value.strip().strip(track.point_separator).split(track.point_separator)):
                parts = point.split(track.separator)
                pair = (parts[0], parts[1]) if track.order == "lon_lat" else (parts[1], parts[0])
                yield Fix(place(*pair), at(parts[int(track.time) - 1]) if track.time else None)

        def of_points(value: Any) -> Iterator[Fix]:
            lon, lat, time = (_look(name) for name in (track.lon, track.lat, track.time))
            for point in msgspec.json.decode(value) if isinstance(value, str) else value:
                if isinstance(point, list) and not track.time and track.lon == "lon":
                    pair = (point[0], point[1]) if track.order == "lon_lat" else (point[1], point[0])
                    yield Fix(place(*pair))
                else:
                    yield Fix(place(lon(point), lat(point)), at(spell(time(point))) if track.time else None)

        def of_geojson(value: Any) -> Iterator[Fix]:
            document = msgspec.json.decode(value) if isinstance(value, str) else value
            for lon, lat, properties in _walk_geojson(document):
                yield Fix(place(lon, lat), at(spell(_look(track.time)(properties))) if track.time else None)

        def of_polyline(value: str) -> Iterator[Fix]:
            return (Fix(place(lon, lat)) for lat, lon in decode_polyline(value, track.precision))

        return {"text": of_text, "points": of_points, "geojson": of_geojson, "polyline": of_polyline}[track.kind]

    def _times(self, track: Track) -> Callable[[str], float]:
        parse = self.moments.parser(Moment(column=track.column, format=track.time_format))
        return lambda text: parse(text).timestamp()


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
            raise ValueError("the polyline ends within a point")
        bits = ord(text[at]) - 63
        if not 0 <= bits < 64:
            raise ValueError(f"{text[at]!r} is no character of a polyline")
        value |= (bits & 31) << shift
        at, shift = at + 1, shift + 5
        if bits < 32:
            return at, ~(value >> 1) if value & 1 else value >> 1


def _look(name: str | int) -> Callable[[Any], Any]:
    """A value inside a point: a path in an object, a position from 1 in a list."""
    return Cells(None).value(name)


def _pair(value: Any, point: Point, field: str) -> tuple[str, str]:
    """Longitude and latitude as text, from a text, a list, an object or a GeoJSON point."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        value = msgspec.json.decode(value)
    if isinstance(value, dict):
        if isinstance(value.get("geometry"), dict):
            value = value["geometry"]
        if isinstance(value.get("coordinates"), list):
            return spell(value["coordinates"][0]), spell(value["coordinates"][1])
        lon = next((value[key] for key in ("lon", "lng", "longitude", "x") if key in value), None)
        lat = next((value[key] for key in ("lat", "latitude", "y") if key in value), None)
        return spell(lon), spell(lat)
    parts = value if isinstance(value, list) else spell(value).split(point.separator)
    if parts == [""]:
        return "", ""
    if len(parts) < 2:
        raise RowError("position_unreadable", field, f"{value!r} is not two numbers with {point.separator!r} between")
    first, second = spell(parts[0]), spell(parts[1])
    return (first, second) if point.order == "lon_lat" else (second, first)


def _locating(declared: Point | Track, field: str) -> Callable[[str, str], Place | None]:
    scale, datum = PER_DEGREE[declared.unit], declared.datum

    def locate(lon: str, lat: str) -> Place | None:
        if not lon or not lat:
            return None
        try:
            place = float(lon) / scale, float(lat) / scale
        except ValueError:
            raise RowError(
                "position_unreadable", field, f"{lon!r}, {lat!r} is not a longitude and a latitude"
            ) from None
        if place == (0, 0):  # a receiver without a fix
            return None
        if not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
            raise RowError("position_out_of_range", field, f"longitude {lon}, latitude {lat}: is the order right?")
        return geodesy.to_wgs84(place, datum) if datum != "wgs84" else place

    return locate


def _walk_geojson(document: Any) -> Iterator[tuple[Any, Any, Any]]:
    """(longitude, latitude, properties) of every point of a LineString, a list of Points, or collections of them."""
    kind = document["type"]
    if kind == "FeatureCollection":
        for feature in document["features"]:
            yield from _walk_geojson(feature)
    elif kind == "Feature":
        for lon, lat, _properties in _walk_geojson(document["geometry"]):
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
        raise ValueError(f"{kind} is no track")
