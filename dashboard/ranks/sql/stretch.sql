-- Parameters: snapshot, measure, district, band, score. The stretch of a board in which a score lies.
SELECT board.people, stretch.ahead, stretch.above, stretch.packed
FROM dashboard_board AS board
CROSS JOIN LATERAL (
    SELECT ahead, above, packed FROM dashboard_stretch
    WHERE board_id = board.id AND low <= %(score)s
    ORDER BY low DESC LIMIT 1
) AS stretch
WHERE board.snapshot_id = %(snapshot)s AND board.measure = %(measure)s
    AND board.district_id = %(district)s AND board.band = %(band)s
