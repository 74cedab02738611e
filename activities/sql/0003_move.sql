-- What a tap's event knew of its place, its activity knows now; reductions say which distance they counted.
UPDATE activities_activity a SET
    origin = CASE WHEN e.half <> 'out' THEN place.number ELSE a.origin END,
    destination = CASE WHEN e.half = 'out' THEN place.number ELSE a.destination END
FROM activities_event e, LATERAL (
    SELECT (('x' || encode(substr(e.place_digest, 1, 8), 'hex'))::bit(64)::bigint >> 1) & x'7fffffffffffffff'::bigint
) AS place (number)
WHERE e.activity_id = a.id AND e.citizen_id = a.citizen_id AND e.place_digest IS NOT NULL;

ALTER TABLE activities_reduction DISABLE TRIGGER reduction_is_append_only;
UPDATE activities_reduction r SET distance_m = a.distance_m
FROM activities_activity a WHERE a.id = r.activity_id AND a.citizen_id = r.citizen_id AND a.distance_m IS NOT NULL;
ALTER TABLE activities_reduction ENABLE TRIGGER reduction_is_append_only;
