-- Parameters: period, first day, first day after the period.
INSERT INTO dashboard_rank (
    period, period_start, citizen_id, district_id, nickname, reduction_mg, city_place, district_place, refreshed_at
)
SELECT
    %(period)s, %(start)s, citizen.id, citizen.district_id, citizen.nickname, total.reduction_mg,
    rank() OVER (ORDER BY total.reduction_mg DESC),
    CASE WHEN citizen.district_id IS NOT NULL THEN
        rank() OVER (PARTITION BY citizen.district_id ORDER BY total.reduction_mg DESC)
    END,
    now()
FROM (
    SELECT citizen_id, sum(reduction_mg) AS reduction_mg
    FROM activities_dailytotal
    WHERE city_day >= %(start)s AND city_day < %(end)s
    GROUP BY citizen_id
) AS total
JOIN accounts_citizen AS citizen ON citizen.id = total.citizen_id
WHERE citizen.ranked AND citizen.erased_at IS NULL AND citizen.suspended_at IS NULL
