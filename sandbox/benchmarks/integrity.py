"""Precision and recall of the rules: on real tracks, rides and steps, and on frauds played beside honest look-alikes.

Everything goes through the file door and the whole pipeline, with the settings of the catalogue. The real data lies
beside the project in `../shared/data`, where it is at hand.
"""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import yaml
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.linking import links
from accounts.linking.models import Link
from accounts.models import Citizen, Consent, Partner
from activities import audit
from activities.intake import deliveries, files
from activities.models import Activity, Delivery, Feed, Reduction, RuleSetting, Scenario
from config.clock import city_zone
from ledger import audit as ledger_audit
from sandbox import enrolment, loading
from sandbox.city import cheats

SHARED_DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
FEEDS = Path(settings.BASE_DIR) / "docs" / "feeds"
CASES = {"small": 40, "full": 400}
FIRST_DAY = datetime(2016, 8, 1, tzinfo=city_zone())
MOMENT = {"column": "begin", "format": "iso"}
RIDE = {"scenario": "shared-bike", "started_at": MOMENT, "ended_at": {**MOMENT, "column": "end"}}
ENDS = {"origin": {"column": "from"}, "destination": {"column": "to"}}
APP = {
    "container": {"kind": "jsonl"},
    "zone": "Asia/Shanghai",
    "subject": {"column": "who"},
    "event_id": {"column": "id"},
    "cases": [
        {"when": {"kind": "plain"}, **RIDE, "distance": {"column": "metres"}},
        {"when": {"kind": "places"}, **RIDE, **ENDS, "distance": {"column": "metres"}},
        {
            "when": {"kind": "track"},
            **RIDE,
            **ENDS,
            "distance": {"computed": "track"},
            "track": {"column": "track", "kind": "points", "time": "time"},
        },
        {"when": {"kind": "rode"}, **RIDE, "scenario": "bus", "distance": {"column": "metres"}},
        {"when": {"kind": "paid"}, "scenario": "bus", "started_at": MOMENT, "payer": {"column": "payer"}},
        {
            "when": {"kind": "steps"},
            "scenario": "walking",
            "started_at": MOMENT,
            "profile": {"column": "hours"},
            "device": {"column": "device"},
        },
        {
            "when": {"kind": "sold"},
            "scenario": "recycling",
            "started_at": MOMENT,
            "mass": {"column": "kg"},
            "payee": {"column": "payee"},
        },
    ],
}
"""How the played cases are told, by an app and by the operator of the bikes."""
MONTHLY_MAX = 120
"""The catalogue has no monthly limit for bikes; this one is set for the time of the measurement."""
FASTEST_KM_PER_H = 45
"""What a professional keeps up for hours on a racing bike: nobody rides a city bike faster."""


Ride = tuple[datetime, datetime, int]


class Sample(NamedTuple):
    """A real data set: what it is, its feed, whether what it holds is honest."""

    file: str
    feed: str
    honest: bool


REAL = {
    "gotrack": Sample("gps_gotrack_aracaju/go_track_trackspoints.csv.gz", "gotrack-points", honest=False),
    "mobike_wide": Sample("bike_mobike_shanghai_2016/rides_wide_97867.csv.gz", "mobike-wide", honest=True),
    "mobike_tracks": Sample("bike_mobike_shanghai_2016/rides_track_1000.csv.gz", "mobike-tracks", honest=True),
    "mobike_full": Sample("bike_mobike_shanghai_2016/rides_full_12792.csv.gz", "mobike-shanghai", honest=True),
    "fitbit_hours": Sample("steps_fitbit/hourlySteps_restored.csv.gz", "fitbit-hours", honest=True),
}


def run(scale: str) -> dict[str, Any]:
    rules = _play(CASES[scale])
    figures: dict[str, Any] = {"cases": CASES[scale], "rules": rules}
    figures |= {"real": _take_real()} if SHARED_DATA.is_dir() else {"real": f"skipped: there is no {SHARED_DATA}"}
    return {**figures, "breaches": sum((audit.run() | ledger_audit.run()).values())}


def _play(cases: int) -> dict[str, dict[str, Any]]:
    """By rule: cheats, how many it `found` and how many any rule `stopped`; honest cases, and how many it hurt."""
    scenes = list(cheats.scenes(FIRST_DAY, cases))
    monthly, _new = RuleSetting.objects.get_or_create(
        scenario=Scenario.objects.get(code="shared-bike"), rule="monthly_cap", settings={"max_count": MONTHLY_MAX}
    )
    people = _open_people(row for _kind, _honest, scene in scenes for row in scene.rows)
    _age(people)
    for door, feed in _feeds().items():
        rows = [row for _kind, _honest, scene in scenes for row in scene.rows if row["door"] == door]
        _deliver(feed, rows)
    reasons = _reasons(Citizen.objects.filter(pk__in=[citizen.pk for citizen in people.values()]))
    monthly.delete()
    return {
        kind: _figures(kind, reasons, people, [(honest, scene) for each, honest, scene in scenes if each == kind])
        for kind in cheats.KINDS
    }


def _figures(
    kind: str, reasons: dict[UUID, set[str]], people: dict[str, Citizen], played: list[tuple[bool, cheats.Scene]]
) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for honest, scene in played:
        why = set().union(*(reasons.get(people[who].pk, set()) for who in {row["who"] for row in scene.rows}))
        side = "honest" if honest else "cheats"
        counts[side] += 1
        counts[f"{side}_found"] += cheats.MEANT.get(kind, kind) in why
        counts[f"{side}_stopped"] += bool(why)
    return {
        "cheats": counts["cheats"],
        "found": counts["cheats_found"],
        "stopped": counts["cheats_stopped"],
        "honest": counts["honest"],
        "hurt": counts["honest_found"],
        "hurt_by_any": counts["honest_stopped"],
        "recall": _share(counts["cheats_found"], counts["cheats"]),
        "recall_of_all": _share(counts["cheats_stopped"], counts["cheats"]),
        "precision": _share(counts["cheats_found"], counts["cheats_found"] + counts["honest_found"]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _open_people(rows: Iterable[cheats.Row]) -> dict[str, Citizen]:
    """A citizen for each person, with a link to both partners."""
    names = sorted({row["who"] for row in rows})
    citizens = Citizen.objects.bulk_create([Citizen() for _name in names], batch_size=5000)
    people = dict(zip(names, citizens, strict=True))
    for feed in _feeds().values():
        pairs = [(citizen, name) for name, citizen in people.items()]
        links.open_many(feed.partner, pairs, reads_from=FIRST_DAY, channel=Consent.Channel.SANDBOX)
    return people


def _age(people: dict[str, Citizen]) -> None:
    """Accounts are old, but those of the cases that are about new ones."""
    new = {citizen.pk for name, citizen in people.items() if name.startswith("new_account")}
    ids = {citizen.pk for citizen in people.values()}
    Citizen.objects.filter(pk__in=ids - new).update(created_at=FIRST_DAY - timedelta(days=100))
    Citizen.objects.filter(pk__in=new).update(created_at=FIRST_DAY)


def _feeds() -> dict[str, Feed]:
    feeds = {}
    for door, partner, evidence in (("app", "step-health", "device"), ("operator", "mobike", "operator_order")):
        feeds[door], _new = Feed.objects.select_related("partner").get_or_create(
            code=f"played-{door}",
            defaults={"partner": Partner.objects.get(code=partner), "format": APP, "evidence": evidence},
        )
    return feeds


def _deliver(feed: Feed, rows: list[cheats.Row]) -> None:
    body = "\n".join(json.dumps(row) for row in rows).encode()
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, feed.code, body)
    deliveries.digest(delivery.pk)


def _reasons(people: QuerySet[Citizen]) -> dict[UUID, set[str]]:
    """What was found about each person, also by what is no rule."""
    found: dict[UUID, set[str]] = defaultdict(set)
    stopped = Activity.objects.exclude(status="accepted")
    for citizen_id, reason in stopped.values_list("citizen_id", "reason"):
        found[citizen_id].add(reason)
    netted = Reduction.objects.live().filter(scenario__code="walking", inputs__has_key="quantity")
    for citizen_id in netted.values_list("citizen_id", flat=True):
        found[citizen_id].add("steps_in_a_ride")
    taken_in = Activity.objects.values("citizen_id")
    for citizen_id in people.exclude(pk__in=taken_in).values_list("pk", flat=True):
        found[citizen_id].add("before_consent")
    return found


def _take_real() -> dict[str, dict[str, Any]]:
    taken = {name: _take(sample) for name, sample in REAL.items()}
    plausible = set(_plausible(SHARED_DATA / REAL["mobike_wide"].file))
    stopped = taken["mobike_wide"].pop("stopped_rides")
    taken["mobike_wide"] |= {"plausible": len(plausible), "plausible_stopped": len(plausible & stopped)}
    for figures in taken.values():
        figures.pop("stopped_rides", None)
    return taken


def _take(sample: Sample) -> dict[str, Any]:
    """Everybody of the file as a new citizen, so that data sets which tell the same rides do not meet."""
    Link.objects.filter(ended_at=None).update(ended_at=timezone.now(), ended_by="staff")
    path, feed = SHARED_DATA / sample.file, _load_feed(sample.feed)
    enrolment.enrol(path, feed)
    files.take_in(path, feed)
    own = Activity.objects.filter(delivery__in=Delivery.objects.filter(feed=feed))
    statuses = Counter(own.values_list("status", flat=True))
    stopped = own.exclude(status="accepted")
    count = statuses.total()
    return {
        "honest": sample.honest,
        "activities": count,
        **{status: statuses[status] for status in ("accepted", "held", "rejected")},
        "stopped_percent": round(100 * (count - statuses["accepted"]) / count, 2),
        "reasons": dict(sorted(Counter(stopped.values_list("reason", flat=True)).items())),
        "stopped_rides": set(stopped.values_list("started_at", "ended_at", "distance_m")),
    }


def _load_feed(name: str) -> Feed:
    path = FEEDS / f"{name}.yaml"
    if not path.exists():
        return Feed.objects.select_related("partner").get(code=name)
    loading.load_feed(yaml.safe_load(path.read_text())["feeds"][0])
    return Feed.objects.select_related("partner").get(code=name)


def _plausible(path: Path) -> Iterator[Ride]:
    """(start, end, metres) of rides that are possible at all: not on two bikes at once, not beyond FASTEST_KM_PER_H.

    Drawn wider than any limit of a rule, so that rules can be wrong about them.
    """
    with gzip.open(path, "rt") as file:
        rides: dict[str, list[Ride]] = defaultdict(list)
        for row in csv.DictReader(file):
            start = datetime.strptime(row["start_time"], "%Y-%m-%d %H:%M").replace(tzinfo=city_zone())
            lasts = timedelta(minutes=float(row["duration_min_derived"]))
            rides[row["userid"]].append((start, start + lasts, round(float(row["path_distance_m_derived"]))))
    for own in rides.values():
        for start, end, metres in own:
            seconds = (end - start).total_seconds()
            alone = sum(other[0] < end and start < other[1] for other in own) == 1
            if alone and 0 < seconds <= 86_400 and metres / seconds * 3.6 <= FASTEST_KM_PER_H:
                yield start, end, metres
