-- What counts now for some citizens by a version, on the days that another one takes over.
SELECT a.citizen_id, a.id, a.scenario_id, live.methodology_id, a.city_day,
    a.started_at, a.ended_at, a.distance_m, array_position(%(bases)s::text[], a.distance_basis::text) - 1 AS basis,
    a.quantity, array_position(%(grades)s::text[], a.evidence::text) - 1 AS evidence,
    live.reduction_mg AS booked_mg, live.fixed_points, {further} AS said, NULL::jsonb AS content,
    live.inputs - 'day_left_mg' AS counted
FROM activities_reduction live
JOIN activities_activity a ON a.citizen_id = live.citizen_id AND a.id = live.activity_id
WHERE live.citizen_id = ANY(%(citizens)s) AND live.methodology_id = %(before)s
  AND live.city_day BETWEEN %(first)s AND %(last)s AND NOT live.reversal AND NOT EXISTS (
      SELECT FROM activities_reduction v WHERE v.citizen_id = live.citizen_id AND v.activity_id = live.activity_id
        AND v.generation = live.generation AND v.reversal)
  AND a.started_at >= %(valid_from)s AND a.started_at < coalesce(%(valid_until)s, 'infinity'::timestamptz)
ORDER BY a.citizen_id, a.started_at, evidence, a.id
