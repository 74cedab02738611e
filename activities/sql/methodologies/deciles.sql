-- A citizen's points change by what the change makes of the remainder that is carried now.
WITH person AS (
    SELECT citizen_id, sum(before_mg) AS before_mg, sum(after_mg) AS after_mg, sum(fixed_points) AS fixed_points FROM replayed GROUP BY citizen_id
), placed AS (
    SELECT person.*, ntile(10) OVER (ORDER BY before_mg, citizen_id) AS decile,
        floor((coalesce(tally.remainder_mg, 0) + after_mg - before_mg) / %(mg_per_point)s)::bigint
            + fixed_points AS points
    FROM person LEFT JOIN activities_tally tally USING (citizen_id)
)
SELECT decile, count(*) AS citizens,
    count(*) FILTER (WHERE after_mg > before_mg) AS winners, count(*) FILTER (WHERE after_mg < before_mg) AS losers,
    sum(before_mg)::bigint AS before_mg, sum(after_mg)::bigint AS after_mg,
    sum(after_mg - before_mg)::bigint AS change_mg,
    sum(points)::bigint AS points_change,
    coalesce(sum(points) FILTER (WHERE points > 0), 0)::bigint AS points_gained,
    coalesce(-sum(points) FILTER (WHERE points < 0), 0)::bigint AS points_lost
FROM placed GROUP BY decile ORDER BY decile
