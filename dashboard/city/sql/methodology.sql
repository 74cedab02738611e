-- reversals are rows of negative amounts: they take off what they take back
SELECT scenario.code || '/' || methodology.version, count(DISTINCT reduction.citizen_id),
    sum(CASE WHEN reduction.reversal THEN -1 ELSE 1 END), sum(reduction.reduction_mg)
FROM activities_reduction AS reduction
JOIN activities_methodology AS methodology ON methodology.id = reduction.methodology_id
JOIN activities_scenario AS scenario ON scenario.id = methodology.scenario_id
WHERE reduction.city_day >= %(start)s AND reduction.city_day < %(end)s
GROUP BY 1
