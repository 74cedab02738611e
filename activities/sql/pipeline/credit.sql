ANALYZE stage_reduction;
-- Reductions with their points: the citizen's remainder runs through the batch in the order of the activities.
UPDATE stage_reduction q SET citizen_id = own.citizen_id, scenario_id = own.scenario_id, city_day = own.city_day,
    distance_m = own.distance_m, carried_mg = own.carried_mg,
    points = (own.carried_mg + q.reduction_mg) / %(mg_per_point)s
FROM (
    SELECT r.activity_id, a.citizen_id, a.scenario_id, a.city_day, a.distance_m,
        CASE WHEN row_number() OVER own = 1 THEN t.remainder_mg
            ELSE (t.remainder_mg + (sum(r.reduction_mg) OVER own)::bigint - r.reduction_mg) %% %(mg_per_point)s
        END AS carried_mg
    FROM stage_reduction r JOIN stage_activity a USING (activity_id)
    JOIN activities_tally t ON t.citizen_id = a.citizen_id
    WINDOW own AS (PARTITION BY a.citizen_id ORDER BY a.started_at, a.activity_id)
) AS own WHERE own.activity_id = q.activity_id;

INSERT INTO activities_reduction (
    id, citizen_id, activity_id, methodology_id, scenario_id, city_day,
    reduction_mg, carried_mg, mg_per_point, points)
SELECT reduction_id, citizen_id, activity_id, methodology_id, scenario_id, city_day,
    reduction_mg, carried_mg, %(mg_per_point)s, points
FROM stage_reduction ORDER BY reduction_id;
