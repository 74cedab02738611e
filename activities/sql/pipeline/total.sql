-- The sums that pages read: per citizen, and per citizen, day and scenario.
UPDATE activities_tally t SET reduction_mg = t.reduction_mg + own.reduction_mg, points = t.points + own.points,
    remainder_mg = t.remainder_mg + own.reduction_mg - own.points * %(mg_per_point)s
FROM (
    SELECT citizen_id, sum(reduction_mg) AS reduction_mg, sum(points) AS points
    FROM stage_reduction GROUP BY citizen_id
) AS own WHERE t.citizen_id = own.citizen_id;

INSERT INTO activities_dailytotal AS d (
    citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)
SELECT citizen_id, city_day, scenario_id, count(*), coalesce(sum(distance_m), 0), sum(reduction_mg), sum(points)
FROM stage_reduction GROUP BY citizen_id, city_day, scenario_id ORDER BY citizen_id, city_day, scenario_id
ON CONFLICT (citizen_id, city_day, scenario_id) DO UPDATE SET
    activities = d.activities + excluded.activities, distance_m = d.distance_m + excluded.distance_m,
    reduction_mg = d.reduction_mg + excluded.reduction_mg, points = d.points + excluded.points;

SET LOCAL enable_seqscan = on;
