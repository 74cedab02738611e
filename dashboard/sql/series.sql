-- What one citizen did by bar (a day, week, month or year, by its first day) and scenario, in one or two windows.
SELECT
    date_trunc(%(step)s, city_day::timestamp)::date AS start,
    scenario_id,
    sum(reduction_mg)::bigint,
    sum(points)::bigint,
    sum(activities)::bigint,
    sum(distance_m)::bigint
FROM activities_dailytotal
WHERE citizen_id = %(citizen)s
    AND (city_day >= %(start)s AND city_day < %(end)s OR city_day >= %(other_start)s AND city_day < %(other_end)s)
    AND (%(scenario)s::integer IS NULL OR scenario_id = %(scenario)s)
GROUP BY start, scenario_id
ORDER BY start, scenario_id
