"""A trip takes neither seconds nor half a day. A very long one is held: somebody may have forgotten to lock."""

from django.utils.translation import gettext_lazy as _

from activities.integrity.rule import Rule
from activities.models import Activity

TOO_SHORT = Rule(
    code="duration_too_short",
    verdict=Activity.Status.REJECTED,
    says=_("The trip is too short in time to be one."),
    sql="""
        SELECT activity_id, jsonb_build_object(
            'duration_s', extract(epoch FROM ended_at - started_at)::int, 'duration_min_s', s.duration_min_s)
        FROM stage_activity JOIN activities_scenario s ON s.id = scenario_id
        WHERE verdict IS NULL AND ended_at - started_at < s.duration_min_s * interval '1 second'""",
)

TOO_LONG = Rule(
    code="duration_too_long",
    verdict=Activity.Status.HELD,
    says=_("The trip took unusually long. It waits for a check."),
    sql="""
        SELECT activity_id, jsonb_build_object(
            'duration_s', extract(epoch FROM ended_at - started_at)::int, 'duration_max_s', s.duration_max_s)
        FROM stage_activity JOIN activities_scenario s ON s.id = scenario_id
        WHERE verdict IS NULL AND ended_at - started_at > s.duration_max_s * interval '1 second'""",
)
