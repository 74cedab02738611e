"""Who lives in the city, what they are used to, and which partner accounts they have linked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from sandbox.city import metro
from sandbox.server.partners import BRANDS

PARTNERS = tuple(BRANDS)
"""The partners' codes, which are those of their feeds too."""

DISTRICTS = {"lakeside": 24, "old-town": 21, "riverbank": 26, "hill": 12, "science-park": 17}
"""Code (see catalogue/districts.yaml) -> share of the people (%)."""

FIRST_CITIZEN = 101
"""Numbers below are customers of the partners who have no account yet: visitors of the demo link them."""

DEMO_CITIZEN = FIRST_CITIZEN
"""The number of the person who signs in at the demo: has every partner, and much to look at."""


class Habit(StrEnum):
    COMMUTER = "commuter"
    CYCLIST = "cyclist"
    OCCASIONAL = "occasional"
    IDLE = "idle"


class Cheat(StrEnum):
    """What a dishonest person does now and then; see `flaws`."""

    NONE = ""
    COMPANION = "companion"
    """Now and then unlocks a second bike for a friend, as the demo citizen does."""
    TWO_BIKES = "two_bikes"
    VAN = "van"
    PLAYER = "player"
    """Repeats what others got away with elsewhere; see `cheats`."""
    SHAKER = "shaker"


HABIT_SHARES = {Habit.COMMUTER: 36, Habit.CYCLIST: 18, Habit.OCCASIONAL: 32, Habit.IDLE: 14}
LINKED = {  # chance that somebody of the habit has linked the partner
    Habit.COMMUTER: {"swift-bike": 0.45, "metro-card": 0.85, "green-bank": 0.38, "step-health": 0.42},
    Habit.CYCLIST: {"swift-bike": 0.97, "metro-card": 0.40, "green-bank": 0.32, "step-health": 0.48},
    Habit.OCCASIONAL: {"swift-bike": 0.60, "metro-card": 0.60, "green-bank": 0.30, "step-health": 0.35},
    Habit.IDLE: {"swift-bike": 0.35, "metro-card": 0.45, "green-bank": 0.15, "step-health": 0.25},
}
CHEATS = {
    Cheat.TWO_BIKES: "swift-bike",
    Cheat.VAN: "swift-bike",
    Cheat.PLAYER: "swift-bike",
    Cheat.SHAKER: "step-health",
}
"""What can be done where."""
CHEAT_SHARE = 0.02
OWN_BIKE_EVERY = 7
RANKED_SHARE = 0.72
EARLY_SHARE = 0.45
"""How many have an account on the first day; the others join over JOIN_DAYS."""
JOIN_DAYS = 75

BEGINS = (
    "早起的 骑行 追风 慢慢走的 低碳 城南 江边 爱走路的 晴天 小满 青柠 山茶 云朵 芒种 桂花 银杏 海棠 薄荷 木棉 星期五的 "
    "不开车的 单车上的 地铁里的 赶路的 爱喝茶的 种树的 晒太阳的 东湖 老街 绿灯"
)
ENDS = (
    "小熊 云雀 阿宁 老王 豆包 旅人 少年 白鹭 松果 石榴 蜗牛 同学 海鸥 橘猫 小林 麦子 年糕 青蛙 师傅 小鹿 阿岚 柿子 "
    "布丁 竹子 燕子 汤圆 小舟 萤火 阿哲 向日葵"
)


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    habit: Habit
    nickname: str
    district: str
    ranked: bool
    partners: frozenset[str]
    joined_after_days: int
    cheat: Cheat
    commute: str
    """`bike`, `metro` or `bus`."""
    home: metro.Stop
    work: metro.Stop
    ride_m: int
    """How far the usual ride on a bike is."""
    leaves_s: int
    """When the way to work usually begins, in seconds after midnight."""
    steps: int
    orders_per_day: float

    def subject(self, partner: str) -> str:
        """The person's account number at the partner."""
        return subject(partner, self.number)

    def takes_own_bike(self, day: date) -> bool:
        """Some own a bike as well, whose rides the step app records; a day's rides are all of one kind."""
        owns = "step-health" in self.partners and self.number % OWN_BIKE_EVERY == DEMO_CITIZEN % OWN_BIKE_EVERY
        return owns and (self.number + day.toordinal()) % 4 == 0

    def joined(self, opened: date) -> date:
        return opened + timedelta(days=self.joined_after_days)


def subject(partner: str, number: int) -> str:
    return BRANDS[partner].subject(number)


def person(seed: int, number: int) -> Person:
    """The same person for the same seed and number, however large the city is."""
    rng = Random(f"{seed}:person:{number}")
    if number == DEMO_CITIZEN:
        return _make(rng, number, Habit.COMMUTER, frozenset(PARTNERS), "晨风小骑士")
    habit = rng.choices(list(HABIT_SHARES), list(HABIT_SHARES.values()))[0]
    partners = frozenset(partner for partner, chance in LINKED[habit].items() if rng.random() < chance)
    return _make(rng, number, habit, partners or frozenset([rng.choice(PARTNERS)]), _nickname(rng))


def population(seed: int, numbers: Iterable[int]) -> tuple[Person, ...]:
    return tuple(person(seed, number) for number in numbers)


def _nickname(rng: Random) -> str:
    name = rng.choice(BEGINS.split()) + rng.choice(ENDS.split())
    return f"{name}{rng.randrange(2, 1000)}" if rng.random() < 0.55 else name


def _make(rng: Random, number: int, habit: Habit, partners: frozenset[str], nickname: str) -> Person:
    demo = number == DEMO_CITIZEN
    home, work = metro.two_stops(rng)
    by = {Habit.COMMUTER: (20, 55, 25), Habit.CYCLIST: (90, 6, 4)}.get(habit, (40, 40, 20))
    return Person(
        number=number,
        habit=habit,
        nickname=nickname,
        district=rng.choices(list(DISTRICTS), list(DISTRICTS.values()))[0],
        ranked=demo or rng.random() < RANKED_SHARE,
        partners=partners,
        joined_after_days=0 if demo or rng.random() < EARLY_SHARE else int(rng.random() * JOIN_DAYS),
        cheat=Cheat.COMPANION if demo else _cheat(rng, partners),
        commute="metro" if demo else rng.choices(["bike", "metro", "bus"], by)[0],
        home=home,
        work=work,
        ride_m=1600 if demo else int(1500 * rng.lognormvariate(0, 0.62)),
        leaves_s=int(rng.gauss(8.05, 0.8) * 3600),
        steps=7600 if demo else int(7500 * rng.lognormvariate(0, 0.35)),
        orders_per_day=0.5 if demo else rng.betavariate(1.3, 3.2) * 0.8,
    )


def _cheat(rng: Random, partners: frozenset[str]) -> Cheat:
    possible = [cheat for cheat, partner in CHEATS.items() if partner in partners]
    return rng.choice(possible) if possible and rng.random() < CHEAT_SHARE else Cheat.NONE
