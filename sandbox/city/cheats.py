"""Frauds that were seen, each beside something honest that looks like it: what do rules find, and whom do they hurt?

A case is what one person did (or several with one card) as an app reports it, with places, tracks and steps. How bold a
cheat is, is drawn at random: the boldest are easy to find, the mildest look like anybody, and no rule finds them all.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

Row = dict[str, Any]
LON, LAT = 121.47, 31.23
M_PER_DEGREE = 111_320.0


class Spot(NamedTuple):
    """A place by its metres east and north of the centre."""

    x: float
    y: float

    def towards(self, metres: float, heading: float) -> "Spot":
        return Spot(self.x + metres * math.cos(heading), self.y + metres * math.sin(heading))

    @property
    def lon_lat(self) -> list[float]:
        east = self.x / (M_PER_DEGREE * math.cos(math.radians(LAT)))
        return [round(LON + east, 6), round(LAT + self.y / M_PER_DEGREE, 6)]


@dataclass
class Scene:
    """Where the rows of one case are written: a day that begins at `midnight`, and the people of it."""

    name: str
    midnight: datetime
    rng: Random
    rows: list[Row] = field(default_factory=list)

    @property
    def spot(self) -> Spot:
        return Spot(self.rng.uniform(-8_000, 8_000), self.rng.uniform(-8_000, 8_000))

    def ride(
        self,
        at_s: float,
        lasts_s: float,
        metres: float,
        begin: Spot | None = None,
        end: Spot | None = None,
        **more: Any,
    ) -> None:
        row = {"kind": "places" if begin else "plain", "scenario": "shared-bike", "metres": round(metres), **more}
        if begin and end:
            row |= {"from": begin.lon_lat, "to": end.lon_lat}
        self.add(at_s, at_s + lasts_s, row)

    def track(self, at_s: float, way: list[tuple[float, Spot]]) -> None:
        """A ride that is told by its points: seconds after its begin, and where."""
        points = [{"lon": p.lon_lat[0], "lat": p.lon_lat[1], "time": self.clock(at_s + s)} for s, p in way]
        row = {"kind": "track", "scenario": "shared-bike", "from": way[0][1].lon_lat, "to": way[-1][1].lon_lat}
        self.add(at_s, at_s + way[-1][0], row | {"track": points})

    def add(self, begin_s: float, end_s: float, row: Row) -> None:
        told = {"who": self.name, "door": "app", **row, "id": f"{self.name}-{len(self.rows)}"}
        self.rows.append(told | {"begin": self.clock(begin_s), "end": self.clock(end_s)})

    def clock(self, second: float) -> str:
        return (self.midnight + timedelta(seconds=round(second))).isoformat()


def _wander(scene: Scene, km_per_h: float, lasts_s: int, every_s: int) -> list[tuple[float, Spot]]:
    """A way through streets: straight for a while, a turn, and now and then a red light."""
    rng, spot, heading = scene.rng, scene.spot, scene.rng.uniform(0, 6)
    way, speed, pause = [(0.0, spot)], 0.0, 0
    for second in range(1, lasts_s + 1):
        if pause:
            pause, speed = pause - 1, max(speed - 1.2, 0)
        else:
            speed += min(max(km_per_h / 3.6 * rng.uniform(0.85, 1.12) - speed, -1.0), 0.9)
            if rng.random() < 1 / 150:
                pause = rng.randrange(10, 50)
            if rng.random() < 1 / 60:
                heading += rng.choice((-1.5, 1.5))
        spot = spot.towards(speed, heading)
        if second % every_s == 0:
            way.append((float(second), Spot(spot.x + rng.gauss(0, 3), spot.y + rng.gauss(0, 3))))
    return way


def same_place(scene: Scene, honest: bool) -> None:
    begin, rng = scene.spot, scene.rng
    apart = rng.uniform(120, 4_000) if honest else rng.uniform(0, 60)
    lasts = max(180, apart / 3.5) if honest else rng.uniform(300, 2_400)
    scene.ride(28_000, lasts, apart * 1.2 if honest else rng.uniform(200, 2_000), begin, begin.towards(apart, 1))


def duration_too_short(scene: Scene, honest: bool) -> None:
    lasts = scene.rng.uniform(125, 600) if honest else scene.rng.uniform(15, 125)
    scene.ride(28_000, lasts, lasts * 3.5)


def duration_too_long(scene: Scene, honest: bool) -> None:
    lasts = scene.rng.uniform(300, 6_600) if honest else scene.rng.uniform(6_000, 40_000)
    scene.ride(28_000, lasts, scene.rng.uniform(800, 1_400) * (lasts / 600 if honest else 1))


def speed_implausible(scene: Scene, honest: bool) -> None:
    km_per_h, lasts = scene.rng.uniform(*((8, 26) if honest else (28, 70))), scene.rng.uniform(600, 2_700)
    scene.ride(28_000, lasts, km_per_h / 3.6 * lasts)


def mode_implausible(scene: Scene, honest: bool) -> None:
    km_per_h = scene.rng.uniform(*((9, 21) if honest else (24, 65)))
    scene.track(28_000, _wander(scene, km_per_h, scene.rng.randrange(420, 1_500), 5))


def duplicate(scene: Scene, honest: bool) -> None:
    """One trip told by the operator and by an app, or paid within it; or two trips, one by each."""
    rng = scene.rng
    lasts = rng.uniform(400, 2_000)
    if rng.random() < 0.5:
        paid = 28_000 + (lasts + rng.uniform(240, 7_200) if honest else rng.uniform(0, lasts + 190))
        ride = {"kind": "rode", "scenario": "bus", "metres": round(lasts * 5), "door": "operator"}
        scene.add(28_000, 28_000 + lasts, ride)
        scene.add(paid, paid, {"kind": "paid", "scenario": "bus", "payer": scene.name})
        return
    metres = lasts * rng.uniform(2.5, 4.5)
    later = rng.uniform(lasts + 60, lasts + 7_200) if honest else rng.uniform(0, 200)
    scene.ride(28_000, lasts, metres, door="operator")
    scene.ride(28_000 + later, lasts * rng.uniform(0.95, 1.05), metres * rng.uniform(0.85, 1.15))


def overlap(scene: Scene, honest: bool) -> None:
    rng, lasts = scene.rng, scene.rng.uniform(600, 2_400)
    scene.ride(28_000, lasts, lasts * 3)
    begin = lasts + rng.uniform(20, 900) if honest else lasts * rng.uniform(0.05, 0.95)
    scene.ride(28_000 + begin, rng.uniform(600, 2_400), 2_500)


def cadence(scene: Scene, honest: bool) -> None:
    """A day's walk with a long hike or a shift on one's feet; or a phone on a shaker."""
    rng = scene.rng
    hours = [round(rng.triangular(0, 900, 100)) if 7 <= hour <= 22 else 0 for hour in range(24)]
    begin, length = rng.randrange(7, 14), rng.randrange(*((1, 6) if honest else (2, 9)))
    pace, uneven = (
        rng.uniform(*((2_500, 6_000) if honest else (3_000, 8_000))),
        0.35 if honest else rng.uniform(0.02, 0.14),
    )
    for hour in range(begin, begin + length):
        hours[hour] = round(pace * rng.uniform(1 - uneven, 1 + uneven))
    scene.add(0, 0, {"kind": "steps", "scenario": "walking", "hours": hours})


def thin_track(scene: Scene, honest: bool) -> None:
    """Some points drawn on a map; or a receiver that saves its battery."""
    rng = scene.rng
    whole = _wander(scene, rng.uniform(10, 18), rng.randrange(700, 1_800), 5)
    keep = rng.randrange(3, 7) if honest else max(1, len(whole) // rng.randrange(2, 14))
    scene.track(28_000, [*whole[::keep], whole[-1]])


def circling(scene: Scene, honest: bool) -> None:
    """Laps around a block; or once around the lake."""
    rng, centre = scene.rng, scene.spot
    laps = 1 if honest else rng.randrange(2, 15)
    radius = rng.uniform(500, 1_200) if honest else rng.uniform(60, 260)
    speed = rng.uniform(3, 5)
    lasts = int(laps * 2 * math.pi * radius / speed)
    way = [(float(s), centre.towards(radius, s * speed / radius)) for s in range(0, lasts, 10)]
    scene.track(28_000, [(s, Spot(p.x + rng.gauss(0, 4), p.y + rng.gauss(0, 4))) for s, p in way])


def teleport(scene: Scene, honest: bool) -> None:
    """An account used in two corners of the city at once; or the train in between."""
    rng, first = scene.rng, scene.spot
    apart = rng.choice((rng.uniform(0, 2_000), rng.uniform(15_000, 40_000))) if honest else rng.uniform(30_000, 90_000)
    pause = max(60, apart / 12) + 600 if honest else rng.uniform(60, 600)
    scene.ride(28_000, 900, 3_000, first, first.towards(2_500, 2))
    far = first.towards(2_500, 2).towards(apart, 4)
    scene.ride(28_900 + pause, 900, 3_000, far, far.towards(2_500, 2))


def farming(scene: Scene, honest: bool) -> None:
    rng, home, work = scene.rng, scene.spot, scene.spot
    for number in range(rng.randrange(2, 5) if honest else rng.randrange(5, 10)):
        ends = (home, work) if number % 2 == 0 else (work, home)
        scene.ride(25_000 + number * 5_000, 2_400, 8_000, *ends)


def threshold(scene: Scene, honest: bool) -> None:
    rng = scene.rng
    for number in range(rng.randrange(1, 4) if honest else rng.randrange(4, 9)):
        scene.ride(25_000 + number * 3_000, rng.uniform(121, 160), rng.uniform(350, 500))
    if honest:
        scene.ride(70_000, 900, 3_000)


def shared_means(scene: Scene, honest: bool) -> None:
    """Accounts that pay with one card: a family, or a dormitory that lends its names."""
    for number in range(scene.rng.randrange(1, 5) if honest else scene.rng.randrange(5, 12)):
        row = {"kind": "paid", "scenario": "bus", "who": f"{scene.name}-{number}", "payer": scene.name}
        scene.add(28_000 + number * 60, 28_000 + number * 60, row)


def shared_phone(scene: Scene, honest: bool) -> None:
    """Accounts whose steps one phone counts: a family with an old phone, or a drawer of accounts."""
    for number in range(scene.rng.randrange(1, 5) if honest else scene.rng.randrange(5, 12)):
        hours = [0] * 8 + [scene.rng.randrange(200, 900) for _hour in range(8, 20)] + [0] * 4
        scene.add(0, 0, {"kind": "steps", "scenario": "walking", "hours": hours, "device": scene.name}
                  | {"who": f"{scene.name}-{number}"})  # fmt: skip


def shared_payee(scene: Scene, honest: bool) -> None:
    """Old clothes that are paid out to one account, whoever is said to have brought them."""
    for number in range(scene.rng.randrange(1, 5) if honest else scene.rng.randrange(5, 12)):
        row = {"kind": "sold", "scenario": "recycling", "kg": scene.rng.randrange(1, 9), "payee": scene.name}
        scene.add(28_000 + number * 60, 28_000 + number * 60, row | {"who": f"{scene.name}-{number}"})


def hard_acceleration(scene: Scene, honest: bool) -> None:
    """A motor scooter in dense traffic: never faster than a bike may be, but off at every light; or a strong rider."""
    rng, spot, way, speed = scene.rng, scene.spot, [], 0.0
    gains, top = rng.uniform(0.4, 1.3) if honest else rng.uniform(2.2, 4.0), rng.uniform(5.0, 6.5)
    astray = Spot(0.0, 0.0)
    for second in range(0, 900, 2):
        astray = Spot(*(0.9 * metres + rng.gauss(0, 0.65) for metres in astray))  # 1.5 m, as a receiver wanders
        way.append((float(second), Spot(spot.x + astray.x, spot.y + astray.y)))
        before, speed = speed, 0.0 if second % 24 in (0, 2, 4) else min(speed + gains * 2, top)
        spot = spot.towards(before + speed if speed > before else speed * 2, 1)
    scene.track(28_000, way)


def steps_in_a_ride(scene: Scene, honest: bool) -> None:
    """A phone that counts the jolts of a ride as steps; or a walk at another hour of that day."""
    hours, lasts = [0] * 24, scene.rng.uniform(1_200, 3_500)
    hours[12 if honest else 8] = scene.rng.randrange(1_500, 5_000)
    scene.ride(8 * 3_600, lasts, lasts * 3.5)
    scene.add(0, 0, {"kind": "steps", "scenario": "walking", "hours": hours})


def before_consent(scene: Scene, honest: bool) -> None:
    """What was ridden before the person agreed; or just after."""
    off_s = scene.rng.uniform(60, 30 * 86_400)
    scene.ride(off_s if honest else -off_s, 900, 3_000)


def new_account(scene: Scene, honest: bool) -> None:
    for number in range(scene.rng.randrange(1, 9) if honest else scene.rng.randrange(9, 11)):
        scene.ride(18_000 + number * 4_000, 1_200, 4_000)


def daily_cap(scene: Scene, honest: bool) -> None:
    for number in range(scene.rng.randrange(3, 11) if honest else scene.rng.randrange(11, 17)):
        scene.ride(15_000 + number * 4_000, 1_200, 4_000)


def monthly_cap(scene: Scene, honest: bool) -> None:
    each_day = scene.rng.randrange(1, 5) if honest else scene.rng.randrange(5, 8)
    for number in range(28 * each_day):
        day, of_day = divmod(number, each_day)
        scene.ride(day * 86_400 + 25_000 + of_day * 6_000, 1_200, 4_000)


KINDS: dict[str, Callable[[Scene, bool], None]] = {
    kind.__name__: kind
    for kind in (
        *(same_place, duration_too_short, speed_implausible, mode_implausible, duration_too_long, duplicate, overlap),
        *(cadence, thin_track, circling, teleport, farming, threshold, shared_means, new_account, daily_cap),
        *(monthly_cap, hard_acceleration, shared_phone, shared_payee, steps_in_a_ride, before_consent),
    )
}
MEANT = {"hard_acceleration": "hard_starts", "shared_phone": "shared_means", "shared_payee": "shared_means"}
"""Which rule is to find it, where it does not have the rule's name. Steps in a ride are taken off, and what was before
the consent is not taken in: no rule is needed."""


def scenes(first_day: datetime, cases: int, seed: int = 7) -> Iterator[tuple[str, bool, Scene]]:
    """(kind, whether it is honest, scene) of so many cheats and as many honest cases of each kind."""
    for kind, play in KINDS.items():
        for honest in (False, True):
            for number in range(cases):
                name = f"{kind}-{'honest' if honest else 'cheat'}-{number}"
                scene = Scene(name, first_day, Random(f"{seed}-{name}"))
                play(scene, honest)
                yield kind, honest, scene
