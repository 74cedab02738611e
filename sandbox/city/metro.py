"""The city's metro: four lines through one hub, and the fare ladder."""

from random import Random
from typing import NamedTuple

HUB = "中心广场"
SPACING_M = 1350
LINES = {  # from one end to the hub, and from the hub to the other end
    "地铁一号线": (
        "西山口 云栖路 竹园 松柏里 体育场 文化宫 西门",
        "东门 博物馆 邮电大楼 青年路 桃源 科学城 北湖 机场东",
    ),
    "地铁二号线": (
        "大学城 图书馆 学府路 梅园 花市 老城墙 鼓楼",
        "人民桥 滨江道 江心岛 渔人码头 会展中心 海棠湾 南港 码头",
    ),
    "地铁三号线": (
        "高铁站 站前路 创业园 软件谷 银杏大道 市民中心 音乐厅",
        "南门 药都 小商品城 新民村 东湖 荷塘 植物园 湿地",
    ),
    "地铁四号线": (
        "新城北 万科里 双桥 实验学校 第一医院 公园前 府前街",
        "交易所 报社 纺织城 工人村 货运站 开发区 汽车城 保税区",
    ),
}
SPEED_M_PER_S = 9.2
GATES_S = 210
CHANGE_S = 270


class Stop(NamedTuple):
    line: str
    place: int
    """Stops from the hub, negative on the western arm."""
    name: str


def _stops(line: str, before: list[str], after: list[str]) -> list[Stop]:
    western = [Stop(line, index - len(before), name) for index, name in enumerate(before)]
    return [*western, Stop(line, 0, HUB), *(Stop(line, index, name) for index, name in enumerate(after, 1))]


STOPS = [stop for line, (before, after) in LINES.items() for stop in _stops(line, before.split(), after.split())]


def two_stops(rng: Random) -> tuple[Stop, Stop]:
    """Two different stops; near the hub more often, as homes and offices are."""
    weights = [1 / (1 + abs(stop.place)) ** 0.7 for stop in STOPS]
    first, second = rng.choices(STOPS, weights, k=2)
    return (first, second) if first.name != second.name else two_stops(rng)


def distance_m(origin: Stop, destination: Stop) -> int:
    """Along the track; a change of lines goes through the hub."""
    if origin.line == destination.line:
        return abs(origin.place - destination.place) * SPACING_M
    return (abs(origin.place) + abs(destination.place)) * SPACING_M


def duration_s(origin: Stop, destination: Stop, rng: Random) -> int:
    """From gate to gate, with walking, waiting and changing."""
    change = CHANGE_S if origin.line != destination.line else 0
    return int(distance_m(origin, destination) / SPEED_M_PER_S + (GATES_S + change) * rng.uniform(0.8, 1.5))


def fare_fen(distance_m: int) -> int:
    """2 yuan up to 4 km, then 1 yuan for every 4 km up to 12, 6 km up to 24, 8 km beyond."""
    fare, reach = 200, 4000
    while distance_m > reach:
        fare += 100
        reach += 4000 if reach < 12_000 else 6000 if reach < 24_000 else 8000
    return fare
