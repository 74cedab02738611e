"""The bands of merchant category codes (ISO 18245) that a city may reward or must tell apart."""

BANDS = (
    (3000, 3350, "air"),
    (3351, 3500, "rental"),
    (3501, 3999, "lodging"),
    (4111, 4112, "transit"),
    (4121, 4121, "taxi"),
    (4131, 4131, "transit"),
    (4511, 4511, "air"),
    (4784, 4784, "tolls"),
    (4900, 4900, "utility"),
    (5411, 5411, "grocery"),
    (5422, 5499, "grocery"),
    (5541, 5542, "fuel"),
    (5552, 5552, "charging"),
    (5811, 5814, "dining"),
    (5931, 5931, "reuse"),
    (5940, 5940, "bicycle"),
    (5983, 5983, "fuel"),
    (7011, 7011, "lodging"),
    (7251, 7251, "repair"),
    (7512, 7512, "rental"),
    (7523, 7523, "tolls"),
    (7622, 7699, "repair"),
)
OTHER = "other"
CODE_DIGITS = 4
NAME_CHARACTERS = 8
"""How long the name of a band may be, the city's own too."""


def read_code(text: str) -> int | None:
    """The code of up to four digits that a text is; None where it is none."""
    return int(text) if text.isdecimal() and len(text) <= CODE_DIGITS else None


def band(code: int) -> str:
    """The band of a code; `other` where it is in none."""
    return next((name for low, high, name in BANDS if low <= code <= high), OTHER)
