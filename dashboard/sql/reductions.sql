-- What was booked for some activities of one citizen, the last word of each last; with what campaigns paid on it.
SELECT
    r.*,
    coalesce((SELECT sum(a.points) FROM activities_campaignaward a WHERE a.reduction_id = r.id), 0)::bigint
        AS bonus_points
FROM activities_reduction r
WHERE r.citizen_id = %(citizen)s AND r.activity_id = ANY(%(activities)s)
ORDER BY r.generation, r.reversal
