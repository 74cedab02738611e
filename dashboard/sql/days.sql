-- The reduction of one citizen by day, from the first to the last (mg).
SELECT city_day, sum(reduction_mg)::bigint
FROM activities_dailytotal
WHERE citizen_id = %(citizen)s AND city_day BETWEEN %(first)s AND %(last)s
    AND (%(scenario)s::integer IS NULL OR scenario_id = %(scenario)s)
GROUP BY city_day
