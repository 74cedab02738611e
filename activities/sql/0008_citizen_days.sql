-- The bounds of scenarios become settings of rules.
INSERT INTO activities_rulesetting (scenario_id, rule, settings, active)
SELECT id, 'duration_too_short', jsonb_build_object('min_s', duration_min_s), true FROM activities_scenario
WHERE duration_min_s IS NOT NULL
UNION ALL SELECT id, 'duration_too_long', jsonb_build_object('max_s', duration_max_s), true FROM activities_scenario
WHERE duration_max_s IS NOT NULL
UNION ALL SELECT id, 'speed_implausible', jsonb_build_object('max_m_per_h', speed_max_m_per_h), true
FROM activities_scenario WHERE speed_max_m_per_h IS NOT NULL
UNION ALL SELECT id, 'daily_cap', jsonb_build_object('max_count', daily_count_max), true FROM activities_scenario
WHERE daily_count_max IS NOT NULL
UNION ALL SELECT id, rule, '{}', true FROM activities_scenario, unnest(ARRAY['same_place', 'duplicate', 'overlap']) AS rule
WHERE occupies_body;

-- An activity's key is that of its first event; a half keeps what it said.
UPDATE activities_activity a SET key = e.key FROM (
    SELECT DISTINCT ON (activity_id) activity_id, citizen_id, key FROM activities_event
    ORDER BY activity_id, half, key) AS e
WHERE e.activity_id = a.id AND e.citizen_id = a.citizen_id;

UPDATE activities_event e SET told = jsonb_strip_nulls(jsonb_build_object(
    'at', CASE WHEN e.half = 'out' THEN coalesce(a.ended_at, a.started_at) ELSE a.started_at END,
    'link_id', a.link_id, 'feed_id', a.feed_id, 'scenario_id', a.scenario_id, 'evidence', a.evidence,
    'distance_m', CASE WHEN e.half = 'out' OR a.ended_at IS NULL THEN a.distance_m END,
    'distance_basis', CASE WHEN e.half = 'out' OR a.ended_at IS NULL THEN a.distance_basis END,
    'quantity', CASE WHEN e.half = 'out' OR a.ended_at IS NULL THEN a.quantity END,
    'place', CASE WHEN e.half = 'out' THEN a.destination ELSE a.origin END))
FROM activities_activity a WHERE a.id = e.activity_id AND a.citizen_id = e.citizen_id AND e.half <> '';
