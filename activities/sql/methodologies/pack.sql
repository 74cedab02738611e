-- Entries packed by citizen: one row a citizen, one string of fixed-width numbers a column, so that neither the wire
-- nor Python handles single values. All aggregates of a row see the entries in the same order.
SELECT uuid_send(citizen_id), count(*)::int,
    string_agg(uuid_send(id), ''),
    string_agg(int8send(scenario_id), ''),
    string_agg(int8send(methodology_id), ''),
    string_agg(int4send(city_day - date '2000-01-01'), ''),
    string_agg(timestamptz_send(started_at), ''),
    string_agg(timestamptz_send(coalesce(ended_at, '-infinity')), ''),
    string_agg(int8send(coalesce(distance_m, -1)), ''),
    string_agg(int4send(basis), ''),
    string_agg(int8send(coalesce(quantity, -1)), ''),
    string_agg(int4send(evidence), ''),
    string_agg(int8send(booked_mg), ''),
    string_agg(int8send(fixed_points), ''),
    string_agg(CASE WHEN said IS NULL AND content IS NULL AND counted IS NULL THEN ''
        ELSE (coalesce(said, '{}') || coalesce(content, '{}') || coalesce(counted, '{}'))::text END, E'\n')
FROM ({entries}) AS entry GROUP BY citizen_id ORDER BY citizen_id
