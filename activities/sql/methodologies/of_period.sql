-- What a period's activities say and what counts for them now. Those that wait for a methodology or an input are among
-- them, as another version may count them; those that a rule decided against are not.
SELECT a.citizen_id, a.id, a.scenario_id, coalesce(live.methodology_id, 0) AS methodology_id, a.city_day,
    a.started_at, a.ended_at, a.distance_m, array_position(%(bases)s::text[], a.distance_basis::text) - 1 AS basis,
    a.quantity, array_position(%(grades)s::text[], a.evidence::text) - 1 AS evidence,
    coalesce(live.reduction_mg, 0) AS booked_mg,
    coalesce(live.fixed_points, 0) AS fixed_points, {further} AS said, NULL::jsonb AS content, live.inputs AS counted
FROM activities_activity a
LEFT JOIN activities_reduction live ON live.citizen_id = a.citizen_id AND live.activity_id = a.id
  AND NOT live.reversal AND NOT EXISTS (
      SELECT FROM activities_reduction v WHERE v.citizen_id = live.citizen_id AND v.activity_id = live.activity_id
        AND v.generation = live.generation AND v.reversal)
WHERE a.city_day BETWEEN %(first)s AND %(last)s AND a.scenario_id = ANY(%(scenarios)s)
  AND (a.status = 'accepted' OR a.reason IN ('methodology_missing', 'input_missing'))
ORDER BY a.citizen_id, a.started_at, evidence, a.id
