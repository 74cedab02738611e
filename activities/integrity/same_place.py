"""A journey must lead somewhere: entering and leaving at one station is no trip."""

from django.utils.translation import gettext_lazy as _

from activities.integrity.rule import Rule
from activities.models import Activity

RULE = Rule(
    code="same_place",
    verdict=Activity.Status.REJECTED,
    says=_("You entered and left at the same station, so no journey was made."),
    sql="""
        SELECT activity_id, '{}'::jsonb FROM stage_activity
        WHERE verdict IS NULL AND origin = destination""",
)
