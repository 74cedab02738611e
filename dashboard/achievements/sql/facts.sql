-- What a month holds by citizen, and by citizen and scenario. Parameters: start, end: days; citizen: one, or null for all.
SELECT
    citizen_id,
    scenario_id,  -- null: all scenarios
    sum(reduction_mg)::bigint AS reduction,
    count(DISTINCT city_day) FILTER (WHERE activities > 0) AS days,
    count(DISTINCT scenario_id) FILTER (WHERE activities > 0) AS scenarios,
    sum(activities)::bigint AS activities
FROM activities_dailytotal
WHERE city_day >= %(start)s AND city_day < %(end)s AND (%(citizen)s::uuid IS NULL OR citizen_id = %(citizen)s::uuid)
GROUP BY GROUPING SETS ((citizen_id), (citizen_id, scenario_id))
