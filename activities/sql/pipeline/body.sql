-- How long the person was busy with it.
UPDATE stage_activity a SET occupies_body = s.occupies_body,
    body_until = coalesce(a.ended_at, a.started_at + s.instant_s * interval '1 second')
FROM activities_scenario s WHERE s.id = a.scenario_id;
ANALYZE stage_activity;
