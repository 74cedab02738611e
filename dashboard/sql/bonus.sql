-- What campaigns paid one citizen for activities of some days, less what was taken back with them.
SELECT coalesce(sum(points), 0)::bigint
FROM activities_campaignaward
WHERE citizen_id = %(citizen)s AND city_day >= %(start)s AND city_day < %(end)s
    AND (%(scenario)s::integer IS NULL OR reduction_id IN (
        SELECT id FROM activities_reduction
        WHERE citizen_id = %(citizen)s AND city_day >= %(start)s AND city_day < %(end)s AND scenario_id = %(scenario)s
    ))
