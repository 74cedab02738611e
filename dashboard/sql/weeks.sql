-- What one citizen did by week (its Monday) and scenario; the days from `apart` on stand by themselves.
SELECT
    CASE WHEN city_day >= %(apart)s THEN city_day ELSE city_day - extract(isodow FROM city_day)::integer + 1 END AS part,
    scenario_id,
    sum(activities)::bigint,
    sum(reduction_mg)::bigint,
    coalesce(sum(reduction_mg) FILTER (WHERE city_day >= %(year)s), 0)::bigint
FROM activities_dailytotal
WHERE citizen_id = %(citizen)s AND city_day >= %(first)s AND city_day < %(end)s
GROUP BY part, scenario_id
ORDER BY part, scenario_id
