-- An `in` directly followed by an `out` of the same card within the limit makes a journey. Halves that were held
-- before take part again; a journey keeps the activity of its held half, so that nothing appears twice.
WITH half AS (
    SELECT activity_id, false AS existing, citizen_id, link_id, scenario_id, half, started_at AS at, city_day,
        distance_m, distance_basis, quantity, place
    FROM stage_row WHERE state IS NULL AND half <> ''
    UNION ALL
    SELECT a.id, true, a.citizen_id, a.link_id, a.scenario_id, e.half, a.started_at, a.city_day,
        a.distance_m, a.distance_basis, a.quantity, coalesce(a.origin, a.destination) AS place
    FROM activities_activity a JOIN activities_event e ON e.activity_id = a.id AND e.citizen_id = a.citizen_id
    JOIN (
        SELECT citizen_id, link_id, min(started_at) AS earliest, max(started_at) AS latest
        FROM stage_row WHERE state IS NULL AND half <> '' GROUP BY citizen_id, link_id
    ) AS fresh ON fresh.citizen_id = a.citizen_id AND fresh.link_id = a.link_id
    WHERE a.status = 'held' AND a.reason IN ('awaiting_exit', 'entry_missing')
      AND a.started_at BETWEEN fresh.earliest - %(limit)s AND fresh.latest + %(limit)s
), sequence AS (
    SELECT *,
        lead(activity_id) OVER card AS next_id, lead(half) OVER card AS next_half, lead(at) OVER card AS next_at
    FROM half WINDOW card AS (PARTITION BY link_id, scenario_id ORDER BY at, half, activity_id)
), journey AS (
    SELECT i.activity_id AS in_id, o.activity_id AS out_id,
        CASE WHEN o.existing THEN o.activity_id ELSE i.activity_id END AS activity_id,
        i.existing OR o.existing AS existing,
        i.citizen_id, i.link_id, i.scenario_id, i.at AS started_at, o.at AS ended_at, i.city_day,
        coalesce(o.distance_m, i.distance_m) AS distance_m,
        CASE WHEN o.distance_m IS NOT NULL THEN o.distance_basis ELSE i.distance_basis END AS distance_basis,
        coalesce(o.quantity, i.quantity) AS quantity,
        i.place AS origin, o.place AS destination
    FROM sequence i JOIN half o ON o.activity_id = i.next_id
    WHERE i.half = 'in' AND i.next_half = 'out' AND i.next_at - i.at <= %(limit)s
      AND NOT (i.existing AND o.existing)
), joined AS (
    UPDATE stage_row r SET activity_id = own.activity_id
    FROM (SELECT in_id AS half_id, activity_id FROM journey UNION ALL SELECT out_id, activity_id FROM journey) AS own
    WHERE r.activity_id = own.half_id
)
INSERT INTO stage_activity (
    activity_id, existing, citizen_id, link_id, scenario_id, started_at, ended_at, city_day,
    distance_m, distance_basis, quantity, origin, destination, verdict, reason)
SELECT activity_id, existing, citizen_id, link_id, scenario_id, started_at, ended_at, city_day,
    distance_m, distance_basis, quantity, origin, destination, NULL, ''
FROM journey
UNION ALL
SELECT activity_id, false, citizen_id, link_id, scenario_id, at, NULL, city_day,
    distance_m, distance_basis, quantity,
    CASE half WHEN 'in' THEN place END, CASE half WHEN 'out' THEN place END, 'held',
    CASE half WHEN 'in' THEN 'awaiting_exit' ELSE 'entry_missing' END
FROM half WHERE NOT existing AND activity_id NOT IN (SELECT in_id FROM journey UNION SELECT out_id FROM journey);
