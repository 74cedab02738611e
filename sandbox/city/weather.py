"""The weather of a day, as far as it changes how people move."""

import math
from datetime import date
from random import Random
from typing import NamedTuple


class Weather(NamedTuple):
    rain: bool
    temperature_c: float

    @property
    def cycling(self) -> float:
        """How likely a ride is, against a fine day."""
        cold = max(0.0, 8 - self.temperature_c) * 0.03
        hot = max(0.0, self.temperature_c - 31) * 0.04
        return (0.38 if self.rain else 1.0) * max(0.4, 1 - cold - hot)

    @property
    def walking(self) -> float:
        return 0.87 if self.rain else 1.0


def of(seed: int, day: date) -> Weather:
    rng = Random(f"{seed}:weather:{day.isoformat()}")
    summer = math.cos((day.timetuple().tm_yday - 205) / 365 * 2 * math.pi)
    return Weather(rain=rng.random() < 0.22 + 0.12 * summer, temperature_c=17 + 11 * summer + rng.gauss(0, 3))
