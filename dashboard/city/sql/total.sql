SELECT '' AS key, count(DISTINCT citizen_id), coalesce(sum(activities), 0), coalesce(sum(reduction_mg), 0)
FROM activities_dailytotal
WHERE city_day >= %(start)s AND city_day < %(end)s
