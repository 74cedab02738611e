-- Stretches are packed in another way from here on: snapshots are made anew by the next refresh.
DO $$
DECLARE
    old bigint;
BEGIN
    FOR old IN SELECT id FROM dashboard_snapshot LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', 'dashboard_scores_' || old);
    END LOOP;
END
$$;

DELETE FROM dashboard_stretch;

DELETE FROM dashboard_board;

DELETE FROM dashboard_snapshot;

-- A citizen's score and the stretch of the board in which it lies: all that a place takes, in one round trip. No row for
-- who does not take part, has no score by the measure, has no district, or is among too few.
CREATE FUNCTION dashboard_place(
    wanted_period text, wanted_start date, citizen uuid, wanted_measure text, in_district boolean, similar_only boolean
)
RETURNS TABLE (
    score bigint, reduction_mg bigint, refreshed_at timestamptz, people integer,
    low bigint, ahead integer, above bigint, packed bytea
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    shot dashboard_snapshot;
    own record;
    own_band integer := -1;
BEGIN
    SELECT * INTO shot FROM dashboard_snapshot AS one
    WHERE one.period = wanted_period AND one.period_start = wanted_start AND one.current;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    EXECUTE format(
        'SELECT district_id, trip_m, total_mg, '
        'CASE $2 WHEN ''total'' THEN total_mg WHEN ''improvement'' THEN improvement_mg ELSE green_days END AS score '
        'FROM %I WHERE citizen_id = $1 AND public',
        'dashboard_scores_' || shot.id
    ) INTO own USING citizen, wanted_measure;
    IF own.score IS NULL OR (in_district AND own.district_id = 0) THEN
        RETURN;
    END IF;
    IF similar_only THEN
        own_band := CASE WHEN own.trip_m > 0 THEN width_bucket(own.trip_m, shot.band_edges_m) + 1 ELSE 0 END;
    END IF;
    RETURN QUERY
    SELECT own.score, own.total_mg, shot.refreshed_at, board.people,
        stretch.low, stretch.ahead, stretch.above, stretch.packed
    FROM dashboard_board AS board
    CROSS JOIN LATERAL (
        SELECT * FROM dashboard_stretch AS one
        WHERE one.board_id = board.id AND one.low <= own.score
        ORDER BY one.low DESC LIMIT 1
    ) AS stretch
    WHERE board.snapshot_id = shot.id AND board.measure = wanted_measure AND board.band = own_band
        AND board.district_id = CASE WHEN in_district THEN own.district_id ELSE 0 END;
END
$$;
