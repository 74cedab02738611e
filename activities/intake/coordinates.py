"""A longitude or a latitude as people write it: 121.4737, E121.4737, 121°28'25"E, 东经121.4737, 12128.42; geohashes."""

import re

from activities.intake.numbers import parse_float

SIDES = {
    "lon": {"E": 1, "W": -1, "东经": 1, "東經": 1, "西经": -1, "西經": -1},
    "lat": {"N": 1, "S": -1, "北纬": 1, "北緯": 1, "南纬": -1, "南緯": -1},
}
SIDE = re.compile("[NSEW]|[东西南北東][经纬經緯]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SIGNS = re.compile(r"[\d.\s°º˚'′’\"″”:度分秒-]*")
"""What may stand around the numbers."""
GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"


def parse(text: str, axis: str, notation: str) -> float:
    """Degrees. `axis` is `lon` or `lat`; `notation` is `degrees`, `dms` (degrees, minutes, seconds) or `ddmm` (both in
    one number, as receivers write them: 3113.824). Raises ValueError."""
    if notation == "degrees":
        try:
            return parse_float(text)
        except ValueError:
            pass
    spelled = text.upper().strip()
    sides, bare = SIDE.findall(spelled), SIDE.sub(" ", spelled).strip()
    if len(sides) > 1 or any(side not in SIDES[axis] for side in sides) or not SIGNS.fullmatch(bare):
        raise ValueError(text)
    sign = SIDES[axis][sides[0]] if sides else 1
    degrees = _add(list(map(float, NUMBER.findall(bare))), notation)
    return -sign * degrees if bare.startswith("-") else sign * degrees


def is_other_axis(text: str, axis: str) -> bool:
    """Whether it says itself that it is of the other axis, as 31.2N does of a longitude."""
    return any(side not in SIDES[axis] for side in SIDE.findall(text.upper()))


def _add(numbers: list[float], notation: str) -> float:
    """Raises ValueError where they are not as many as the notation has."""
    if notation == "ddmm" and len(numbers) == 1:
        numbers = list(divmod(numbers[0], 100))
    elif len(numbers) != 1 and notation != "dms":
        raise ValueError(numbers)
    if not 1 <= len(numbers) <= 3 or any(number >= 60 for number in numbers[1:]):
        raise ValueError(numbers)
    return sum(number / 60**power for power, number in enumerate(numbers))


def decode_geohash(text: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of its cell. Raises ValueError."""
    low, high = [-180.0, -90.0], [180.0, 90.0]
    axis = 0
    for letter in text.lower():
        bits = GEOHASH.index(letter)
        for place in (16, 8, 4, 2, 1):
            middle = (low[axis] + high[axis]) / 2
            (low if bits & place else high)[axis] = middle
            axis = 1 - axis
    return (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
