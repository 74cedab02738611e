"""So many of one scenario on one city day are rewarded, and no more."""

from django.utils.translation import gettext_lazy as _

from activities.integrity.rule import Rule
from activities.models import Activity

RULE = Rule(
    code="daily_cap",
    verdict=Activity.Status.REJECTED,
    says=_("The daily limit for this kind of activity was reached."),
    sql="""
        SELECT activity_id, jsonb_build_object('daily_count_max', daily_count_max) FROM (
            SELECT a.activity_id, s.daily_count_max, coalesce(d.activities, 0) + row_number() OVER (
                PARTITION BY a.citizen_id, a.city_day, a.scenario_id ORDER BY a.started_at, a.activity_id) AS count
            FROM stage_activity a JOIN activities_scenario s ON s.id = a.scenario_id
            LEFT JOIN activities_dailytotal d
              ON d.citizen_id = a.citizen_id AND d.city_day = a.city_day AND d.scenario_id = a.scenario_id
            WHERE a.verdict IS NULL AND s.daily_count_max IS NOT NULL
        ) AS counted WHERE count > daily_count_max""",
)
