-- Credits with what their activity said when they were written: it may say something else by now, but what took a
-- credit back keeps what was said until then.
SELECT r.citizen_id, r.id, r.scenario_id, r.methodology_id, r.city_day,
    a.started_at, a.ended_at, a.distance_m, array_position(%(bases)s::text[], a.distance_basis::text) - 1 AS basis,
    a.quantity, array_position(%(grades)s::text[], a.evidence::text) - 1 AS evidence,
    r.reduction_mg AS booked_mg, r.fixed_points,
    CASE WHEN v.inputs IS NULL THEN {further} END AS said, v.inputs AS content, r.inputs AS counted
FROM activities_reduction r
JOIN activities_activity a ON a.citizen_id = r.citizen_id AND a.id = r.activity_id
LEFT JOIN activities_reduction v ON v.citizen_id = r.citizen_id AND v.activity_id = r.activity_id
    AND v.generation = r.generation AND v.reversal
WHERE NOT r.reversal AND {chosen}
ORDER BY r.citizen_id, a.started_at, r.id
