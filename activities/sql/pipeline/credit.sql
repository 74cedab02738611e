ANALYZE stage_reduction;
-- Reductions with their points: the citizen's remainder runs through the batch in the order of the activities.
WITH running AS (
    SELECT q.reduction_id, q.activity_id, q.methodology_id, q.reduction_mg,
        a.citizen_id, a.scenario_id, a.city_day,
        CASE WHEN row_number() OVER own = 1 THEN t.remainder_mg
            ELSE (t.remainder_mg + (sum(q.reduction_mg) OVER own)::bigint - q.reduction_mg) %% %(mg_per_point)s
        END AS carried_mg
    FROM stage_reduction q JOIN stage_activity a USING (activity_id)
    JOIN activities_tally t ON t.citizen_id = a.citizen_id
    WINDOW own AS (PARTITION BY a.citizen_id ORDER BY a.started_at, a.activity_id)
)
INSERT INTO activities_reduction (
    id, citizen_id, activity_id, methodology_id, scenario_id, city_day,
    reduction_mg, carried_mg, mg_per_point, points)
SELECT reduction_id, citizen_id, activity_id, methodology_id, scenario_id, city_day,
    reduction_mg, carried_mg, %(mg_per_point)s, (carried_mg + reduction_mg) / %(mg_per_point)s
FROM running ORDER BY reduction_id;
