-- who told no district is one cell of its own, so that the cells add up to the total
SELECT coalesce(district.code, '-'), count(DISTINCT total.citizen_id), sum(total.activities), sum(total.reduction_mg)
FROM activities_dailytotal AS total
LEFT JOIN accounts_citizen AS citizen ON citizen.id = total.citizen_id
LEFT JOIN accounts_district AS district ON district.id = citizen.district_id
WHERE total.city_day >= %(start)s AND total.city_day < %(end)s
GROUP BY 1
