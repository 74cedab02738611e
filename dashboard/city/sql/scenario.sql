SELECT scenario.code, count(DISTINCT total.citizen_id), sum(total.activities), sum(total.reduction_mg)
FROM activities_dailytotal AS total
JOIN activities_scenario AS scenario ON scenario.id = total.scenario_id
WHERE total.city_day >= %(start)s AND total.city_day < %(end)s
GROUP BY scenario.code
