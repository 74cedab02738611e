"""One body, one trip: of trips that overlap in time, the one that began first counts."""

from django.utils.translation import gettext_lazy as _

from activities.integrity.rule import Rule
from activities.models import Activity

RULE = Rule(
    code="overlap",
    verdict=Activity.Status.REJECTED,
    says=_("Another of your trips at the same time was counted already."),
    # An earlier trip of the batch counts against a later one only once it is clear that it stands itself:
    # that is when no undecided trip before it overlaps it. Each round settles one more link of a chain.
    sql="""
        WITH trip AS MATERIALIZED (
            SELECT a.activity_id, a.citizen_id, a.started_at, a.body_until FROM stage_activity a
            WHERE a.verdict IS NULL AND a.occupies_body
        ), clash AS (
            SELECT later.activity_id, earlier.activity_id AS other_id
            FROM trip later JOIN trip earlier ON earlier.citizen_id = later.citizen_id
             AND (earlier.started_at, earlier.activity_id) < (later.started_at, later.activity_id)
             AND earlier.body_until > later.started_at
        ), accepted AS (
            SELECT t.activity_id, h.id AS other_id FROM trip t
            JOIN activities_activity h ON h.citizen_id = t.citizen_id AND h.status = 'accepted'
             AND h.started_at < t.body_until AND h.started_at > t.started_at - interval '1 day'
            JOIN activities_scenario s ON s.id = h.scenario_id AND s.occupies_body
            WHERE h.id <> t.activity_id
              AND coalesce(h.ended_at, h.started_at + s.instant_s * interval '1 second') > t.started_at
        )
        SELECT activity_id, jsonb_build_object('other_id', min(other_id::text)) FROM (
            SELECT * FROM accepted
            UNION ALL
            SELECT * FROM clash
            WHERE other_id NOT IN (SELECT activity_id FROM clash)
              AND other_id NOT IN (SELECT activity_id FROM accepted)
        ) AS broken GROUP BY activity_id""",
    repeat=True,
)
