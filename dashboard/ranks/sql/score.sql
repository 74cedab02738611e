-- Parameters: baseline_start, joined_by, start, end: days; elapsed: days counted of the period.
-- {table} is the snapshot's own table.
CREATE TABLE {table} AS
SELECT
    citizen.id AS citizen_id,
    sums.total_mg,
    CASE WHEN sums.first_day <= %(joined_by)s
        THEN sums.total_mg - div(sums.before_mg * %(elapsed)s, %(start)s - sums.first_day)::bigint
    END AS improvement_mg,
    coalesce(citizen.district_id, 0)::integer AS district_id,
    coalesce(sums.trip_m, 0)::integer AS trip_m,
    sums.green_days::smallint AS green_days,
    citizen.ranked AS public
FROM (
    SELECT
        total.citizen_id,
        min(total.city_day) AS first_day,
        coalesce(sum(total.reduction_mg) FILTER (WHERE total.city_day < %(start)s), 0)::numeric AS before_mg,
        sum(total.reduction_mg) FILTER (WHERE total.city_day >= %(start)s)::bigint AS total_mg,
        coalesce(bit_count(bit_or(B'1'::bit(366) >> (total.city_day - %(start)s))
            FILTER (WHERE total.city_day >= %(start)s AND scenario.occupies_body AND total.activities > 0)), 0)
            AS green_days,
        sum(total.distance_m) FILTER (WHERE scenario.occupies_body AND total.distance_m > 0)
            / nullif(sum(total.activities) FILTER (WHERE scenario.occupies_body AND total.distance_m > 0), 0) AS trip_m
    FROM activities_dailytotal AS total
    JOIN activities_scenario AS scenario ON scenario.id = total.scenario_id
    WHERE total.city_day >= %(baseline_start)s AND total.city_day < %(end)s
    GROUP BY total.citizen_id
    HAVING bool_or(total.city_day >= %(start)s)
) AS sums
JOIN accounts_citizen AS citizen ON citizen.id = sums.citizen_id
WHERE citizen.erased_at IS NULL AND citizen.suspended_at IS NULL
    AND (citizen.ranked OR EXISTS (SELECT FROM accounts_membership AS membership WHERE membership.citizen_id = citizen.id))
