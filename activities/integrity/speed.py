"""Nobody cycles at 60 km/h: distance over duration must be possible in the scenario's mode."""

from django.utils.translation import gettext_lazy as _

from activities.integrity.rule import Rule
from activities.models import Activity

RULE = Rule(
    code="speed_implausible",
    verdict=Activity.Status.REJECTED,
    says=_("The trip was faster than this way of travel can be."),
    sql="""
        SELECT activity_id, jsonb_build_object(
            'speed_m_per_h', (distance_m * 3600.0 / extract(epoch FROM ended_at - started_at))::int,
            'speed_max_m_per_h', s.speed_max_m_per_h)
        FROM stage_activity JOIN activities_scenario s ON s.id = scenario_id
        WHERE verdict IS NULL AND ended_at > started_at
          AND distance_m * 3600.0 > s.speed_max_m_per_h::numeric * extract(epoch FROM ended_at - started_at)""",
)
