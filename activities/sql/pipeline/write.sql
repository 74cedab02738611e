-- Activities, their events and what the rules found.
INSERT INTO activities_activity (
    id, citizen_id, link_id, feed_id, delivery_id, scenario_id, started_at, ended_at, city_day,
    distance_m, distance_basis, quantity, evidence, origin, destination, status, reason)
SELECT activity_id, citizen_id, link_id, %(feed_id)s, %(delivery_id)s, scenario_id, started_at, ended_at, city_day,
    distance_m, distance_basis, quantity, %(evidence)s, origin, destination,
    coalesce(verdict, 'accepted'), coalesce(reason, '')
FROM stage_activity WHERE NOT existing ORDER BY activity_id;

UPDATE activities_activity a SET started_at = s.started_at, ended_at = s.ended_at, city_day = s.city_day,
    distance_m = s.distance_m, distance_basis = s.distance_basis, quantity = s.quantity,
    origin = s.origin, destination = s.destination, delivery_id = %(delivery_id)s, status = coalesce(s.verdict, 'accepted'), reason = coalesce(s.reason, '')
FROM stage_activity s WHERE s.existing AND a.id = s.activity_id;

INSERT INTO activities_event (id, citizen_id, key, content_digest, activity_id, delivery_id, half)
SELECT event_id, citizen_id, key, content_digest, activity_id, %(delivery_id)s, half
FROM stage_row WHERE state IS NULL ORDER BY citizen_id, key;

INSERT INTO activities_finding (citizen_id, activity_id, rule, verdict, evidence)
SELECT citizen_id, activity_id, reason, verdict, coalesce(evidence, '{}')
FROM stage_activity WHERE verdict IS NOT NULL ORDER BY activity_id;
