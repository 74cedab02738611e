"""Replay: a draft over a past period, from the stored activities to the finished result.

Baseline in the same run: the plain loop, one activity at a time through the same functions (`vs_loop`). Memory is
measured in fresh processes of `manage.py replay`, over one period and over one ten times as long.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Subquery, Sum

from activities.methodologies import families, replay
from activities.methodologies.columns import Columns
from activities.methodologies.replay import Period
from activities.models import Activity, Feed, Methodology, Reduction

SIZES = {
    "small": {"citizens": 4_000, "days": 2, "loop_rows": 4_000},
    "full": {"citizens": 50_000, "days": 3, "loop_rows": 20_000},
}
RIDES_A_DAY = 3
FIRST_DAY = date(2016, 8, 1)
FILL = """
    WITH citizen AS (SELECT gen_random_uuid() AS id FROM generate_series(1, %(citizens)s)),
    ride AS (
        SELECT gen_random_uuid() AS id, citizen.id AS citizen_id, %(first)s::date + day AS city_day,
            (%(first)s::date + day + time '07:00' + number * interval '5 hours') AT TIME ZONE %(zone)s AS started_at,
            500 + (random() * 5000)::int AS distance_m
        FROM citizen, generate_series(0, %(days)s - 1) AS day, generate_series(0, %(rides)s - 1) AS number
    ), activity AS (
        INSERT INTO activities_activity (id, key, citizen_id, link_id, feed_id, delivery_id, scenario_id, started_at,
            ended_at, city_day, distance_m, distance_basis, evidence, status, reason)
        SELECT id, id, citizen_id, citizen_id, %(feed)s, gen_random_uuid(), %(scenario)s, started_at,
            started_at + interval '20 minutes', city_day, distance_m, 'reported', 'operator_order', 'accepted', ''
        FROM ride
    ), reduction AS (
        INSERT INTO activities_reduction (id, citizen_id, activity_id, generation, reversal, cause, methodology_id,
            scenario_id, city_day, distance_m, reduction_mg, carried_mg, mg_per_point, points, fixed_points)
        SELECT gen_random_uuid(), citizen_id, id, 1, false, 'credited', %(methodology)s,
            %(scenario)s, city_day, distance_m, distance_m * 3388 / 100, 0, 10000, 0, 0
        FROM ride
    )
    INSERT INTO activities_tally (citizen_id, reduction_mg, remainder_mg, points)
    SELECT id, 0, (random() * 9999)::int, 0 FROM citizen"""


def run(scale: str) -> dict[str, Any]:
    size = SIZES[scale]
    booked = Methodology.objects.select_related("scenario").get(scenario__code="shared-bike", version=1)
    _fill(booked, size["citizens"], size["days"] * 10)
    once = Period(FIRST_DAY, FIRST_DAY + timedelta(days=size["days"] - 1))
    tenfold = Period(FIRST_DAY, FIRST_DAY + timedelta(days=size["days"] * 10 - 1))
    draft = Methodology(
        scenario=booked.scenario,
        version=2,
        family=booked.family,
        parameters={**booked.parameters, "baseline_g_per_km": "43.7"},
    )
    loop_s, _looped_mg = _timed(lambda: _loop(draft, once, size["loop_rows"]))
    replay_s, result = _timed(lambda: replay.run([draft], tenfold))
    peak_rss_kb, peak_rss_tenfold_kb = (_peak_rss_kb(booked, period) for period in (once, tenfold))
    activities_per_s, loop_per_s = result["activities"] / replay_s, size["loop_rows"] / loop_s
    return {
        "activities": result["activities"],
        "citizens": result["citizens"],
        "activities_per_s": round(activities_per_s),
        "loop_activities_per_s": round(loop_per_s),
        "vs_loop": round(activities_per_s / loop_per_s, 1),
        "peak_rss_mb": round(peak_rss_kb / 1024),
        "peak_rss_tenfold_mb": round(peak_rss_tenfold_kb / 1024),
        "peak_rss_growth": round(peak_rss_tenfold_kb / peak_rss_kb, 2),
    }


def _fill(booked: Methodology, citizens: int, days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "citizens": citizens,
                "days": days,
                "rides": RIDES_A_DAY,
                "first": FIRST_DAY,
                "zone": settings.CITY_TIME_ZONE,
                "feed": Feed.objects.get(code="mobike-shanghai").pk,
                "scenario": booked.scenario_id,
                "methodology": booked.pk,
            },
        )
        cursor.execute("ANALYZE activities_activity, activities_reduction, activities_tally")


def _loop(version: Methodology, period: Period, rows: int) -> int:
    """The same sums, one activity at a time."""
    own = Reduction.objects.filter(citizen_id=OuterRef("citizen_id"), activity_id=OuterRef("id"))
    booked = Subquery(own.values("activity_id").annotate(total=Sum("reduction_mg")).values("total"))
    activities = (
        Activity.objects.filter(city_day__range=(period.first, period.last), scenario_id=version.scenario_id)
        .annotate(booked_mg=booked)
        .order_by("citizen_id", "started_at")[:rows]
    )
    before_mg, after_mg = Counter[Any](), Counter[Any]()
    for activity in activities.iterator():
        columns = Columns.of([activity.distance_m], [activity.distance_basis], [activity.quantity], [activity.evidence])
        before_mg[activity.citizen_id] += activity.booked_mg or 0
        after_mg[activity.citizen_id] += int(families.quantify(version.family, version.parameters, columns)[0])
    return after_mg.total() - before_mg.total()


def _peak_rss_kb(version: Methodology, period: Period) -> int:
    """Of a process of its own that replays the period, and finds what is booked."""
    name = connection.settings_dict["NAME"]
    environment = {**os.environ, "EMBEDDED_DATABASE": name}
    if url := os.environ.get("DATABASE_URL"):
        environment["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    span = ["--from", period.first.isoformat(), "--until", period.last.isoformat()]
    command = [sys.executable, "manage.py", "replay", f"{version.scenario.code}:{version.version}", *span, "--json"]
    answer = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True)
    result = json.loads(answer.stdout)
    if result["change_mg"]:
        raise AssertionError(f"the published version must replay to what is booked: {result}")
    return int(result["run"]["peak_rss_kb"])


def _timed(work: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
