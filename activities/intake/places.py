"""Places and tracks of a row. They are read, measured and dropped: what is kept are lengths and digests of cells."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from activities.intake import coordinates, geodesy, geometries, json_text
from activities.intake.cells import Cell, Cells, spell
from activities.intake.formats.values import Moment, Point, Text, Track
from activities.intake.geodesy import Place
from activities.intake.moments import Moments
from activities.intake.numbers import parse_float
from activities.intake.problems import RowError, shorten
from activities.intake.rows import Row
from activities.intake.tracks import Fix
from config import secrecy

PER_DEGREE = {"degrees": 1.0, "microdegrees": 1e6, "e7": 1e7}
POINTS_MAX = 100_000
FLAT = 5
"""So many separators in one point, and its text is several points with no sign between them."""
STRANGE = (ValueError, TypeError, KeyError, IndexError, AttributeError)
LIKE = {
    "text": "121.47,31.23;121.48,31.24",
    "points": '[{"lon": 121.47, "lat": 31.23}]',
    "geojson": '{"type": "LineString", "coordinates": [[121.47, 31.23], [121.48, 31.24]]}',
    "polyline": "_p~iF~ps|U_ulLnnqC",
    "wkt": "LINESTRING(121.47 31.23, 121.48 31.24)",
}
"""What a track of each kind looks like."""


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
        if point.column != "":
            value = self.cells.value(point.column)
            if point.notation == "geohash":
                return _locating_cells(self.cells.cell(point.column), point.datum, field)
            locate = _locating(point, field)
            return lambda row: locate(*_pair(value(row), point, field))
        locate = _locating(point, field)
        lon, lat = (
            self.cells.text(source) if isinstance(source, Text) else self.cells.cell(source)
            for source in (point.lon, point.lat)
        )
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
            except geometries.Unreadable as error:
                raise RowError("track_unreadable", field, f"not a track of kind {track.kind}: {error}") from None
            except STRANGE:
                said = f"{shorten(found)} is not a track of kind {track.kind}, like {LIKE[track.kind]}"
                raise RowError("track_unreadable", field, said) from None
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
                raise geometries.Unreadable("a point without a place")
            return found

        def of_pieces(point: str) -> Fix:
            parts = point.split(track.separator)
            pair = (parts[0], parts[1]) if track.order == "lon_lat" else (parts[1], parts[0])
            return Fix(place(*pair), at(parts[int(track.time) - 1]) if track.time else None)

        def of_text(value: str) -> Iterator[Fix]:
            points = value.strip().strip(track.point_separator).split(track.point_separator)
            if len(points) == 1 and value.count(track.separator) >= FLAT:
                sign = track.point_separator
                raise geometries.Unreadable(f"no {sign!r} stands between its points (`point_separator`)")
            for point in filter(None, points):
                yield _read_point(of_pieces, point)

        def of_members(point: Any) -> Fix:
            lon, lat, time = (_look(name) for name in (track.lon, track.lat, track.time))
            if isinstance(point, list) and not track.time and track.lon == "lon":
                return Fix(place(*((point[0], point[1]) if track.order == "lon_lat" else (point[1], point[0]))))
            return Fix(place(lon(point), lat(point)), at(spell(time(point))) if track.time else None)

        def of_points(value: Any) -> Iterator[Fix]:
            for point in json_text.decode(value) if isinstance(value, str) else value:
                yield _read_point(of_members, point)

        def of_geojson(value: Any) -> Iterator[Fix]:
            document = json_text.decode(value) if isinstance(value, str) else value
            for lon, lat, properties in geometries.walk_geojson(document):
                yield Fix(place(lon, lat), at(spell(_look(track.time)(properties))) if track.time else None)

        def of_polyline(value: str) -> Iterator[Fix]:
            return (Fix(place(lon, lat)) for lat, lon in geometries.decode_polyline(value, track.precision))

        def of_wkt(value: str) -> Iterator[Fix]:
            for pair in geometries.walk_wkt(value):
                yield Fix(place(*(pair if track.order == "lon_lat" else reversed(pair))))

        kinds = {"text": of_text, "points": of_points, "geojson": of_geojson, "polyline": of_polyline, "wkt": of_wkt}
        return kinds[track.kind]

    def _times(self, track: Track) -> Callable[[str], float]:
        parse = self.moments.parser(Moment(column=track.column, format=track.time_format))

        def at(text: str) -> float:
            if not text:
                raise geometries.Unreadable("a point without a time")
            return parse(text).timestamp()

        return at


def _read_point(read: Callable[[Any], Fix], point: Any) -> Fix:
    """Raises Unreadable, which names the point."""
    try:
        return read(point)
    except geometries.Unreadable:
        raise
    except STRANGE:
        raise geometries.Unreadable(f"{shorten(point)} is no point as declared") from None


def _look(name: str | int) -> Callable[[Any], Any]:
    """A value inside a point: a path in an object, a position from 1 in a list."""
    return Cells(None).value(name)


def _pair(value: Any, point: Point, field: str) -> tuple[str, str]:
    """Longitude and latitude as text, from a text, a list, an object or a GeoJSON point."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        value = _decode(value, field)
    if isinstance(value, dict):
        if isinstance(value.get("geometry"), dict):
            value = value["geometry"]
        if isinstance(value.get("coordinates"), list):
            return _first_two(value["coordinates"], value, ",", field)
        lon = next((value[key] for key in ("lon", "lng", "longitude", "x") if key in value), None)
        lat = next((value[key] for key in ("lat", "latitude", "y") if key in value), None)
        return spell(lon), spell(lat)
    parts = value if isinstance(value, list) else _split_pair(spell(value), point.separator)
    if parts == [""]:
        return "", ""
    first, second = _first_two(parts, value, point.separator, field)
    return (first, second) if point.order == "lon_lat" else (second, first)


def _split_pair(text: str, separator: str) -> list[str]:
    """The parts of `121.4,31.2`, of the same in parentheses, and of `POINT(121.4 31.2)`."""
    if geometries.is_wkt(text):
        return next(([lon, lat] for lon, lat in geometries.walk_wkt(text)), [])
    inner = text.strip("()")
    return inner.split() if inner and separator.isspace() else inner.split(separator)


def _decode(text: str, field: str) -> Any:
    try:
        return json_text.decode(text)
    except msgspec.DecodeError as error:
        raise RowError("position_unreadable", field, f"{text!r} is not JSON: {error}") from None


def _first_two(parts: list[Any], value: Any, separator: str, field: str) -> tuple[str, str]:
    if len(parts) < 2:
        raise RowError("position_unreadable", field, f"{value!r} is not two numbers with {separator!r} between")
    return spell(parts[0]), spell(parts[1])


def _locating(declared: Point | Track, field: str) -> Callable[[str, str], Place | None]:
    scale, datum, read = PER_DEGREE[declared.unit], declared.datum, _reading(declared)

    def locate(lon: str, lat: str) -> Place | None:
        if not lon or not lat:
            return None
        try:
            place = read(lon, "lon") / scale, read(lat, "lat") / scale
        except ValueError:
            hint = _guess(lon, lat, declared)
            detail = f"{lon!r}, {lat!r} is not a longitude and a latitude{hint}"
            raise RowError("position_unreadable", field, detail) from None
        if place == (0, 0):  # a receiver without a fix
            return None
        if not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
            raise RowError("position_out_of_range", field, f"longitude {lon}, latitude {lat}: is the order right?")
        return geodesy.to_wgs84(place, datum) if datum != "wgs84" else place

    return locate


def _reading(declared: Point | Track) -> Callable[[str, str], float]:
    """Degrees from a text and its axis. Raises ValueError."""
    if isinstance(declared, Track):
        return lambda text, axis: parse_float(text)
    notation, decimal = declared.notation, declared.decimal
    return lambda text, axis: coordinates.parse(text if decimal == "." else text.replace(decimal, "."), axis, notation)


def _guess(lon: str, lat: str, declared: Point | Track) -> str:
    """What the declaration may lack."""
    if coordinates.is_other_axis(lon, "lon"):
        return "; is the order right?"
    if "," in lon + lat:
        return '; is it `decimal: ","`?'
    plain = isinstance(declared, Track) or declared.notation == "degrees"
    return "; is it `notation: dms`?" if plain and set("°º度'′:") & set(lon + lat) else ""


def _locating_cells(read: Cell, datum: str, field: str) -> Callable[[Row], Place | None]:
    """Places by the geohashes of cells."""

    def locate(row: Row) -> Place | None:
        text = read(row)
        try:
            return geodesy.to_wgs84(coordinates.decode_geohash(text), datum) if text else None
        except ValueError:
            raise RowError("position_unreadable", field, f"{text!r} is not a geohash like wtw3s") from None

    return locate
