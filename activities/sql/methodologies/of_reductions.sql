-- Credits with what their activity said when they were written: a later correction keeps the content of before in the
-- reversal of the credit that it took back.
SELECT r.citizen_id, r.id, r.scenario_id, r.methodology_id, r.city_day,
    a.started_at, a.ended_at, a.distance_m, array_position(%(bases)s::text[], a.distance_basis::text) - 1 AS basis,
    a.quantity, array_position(%(grades)s::text[], a.evidence::text) - 1 AS evidence,
    r.reduction_mg AS booked_mg, r.fixed_points, {further} AS said, changed.inputs AS content, r.inputs AS counted
FROM activities_reduction r
JOIN activities_activity a ON a.citizen_id = r.citizen_id AND a.id = r.activity_id
LEFT JOIN LATERAL (
    SELECT v.inputs FROM activities_reduction v
    WHERE v.citizen_id = r.citizen_id AND v.activity_id = r.activity_id AND v.reversal
      AND v.generation >= r.generation AND v.inputs IS NOT NULL
    ORDER BY v.generation LIMIT 1
) AS changed ON true
WHERE NOT r.reversal AND {chosen}
ORDER BY r.citizen_id, a.started_at, r.id
