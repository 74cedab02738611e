-- What activities say that a calculation may use, to be kept beside what was credited of it.
SELECT a.id, (jsonb_build_object('started_at', a.started_at, 'ended_at', a.ended_at, 'distance_m', a.distance_m,
    'distance_basis', a.distance_basis, 'quantity', a.quantity, 'evidence', a.evidence) || coalesce((
        SELECT jsonb_object_agg(said.key, said.value) FROM jsonb_each({further}) AS said
        WHERE said.key = ANY(%(inputs)s)), '{}'))::text
FROM unnest(%(citizens)s::uuid[], %(activities)s::uuid[]) AS own (citizen_id, id)
JOIN activities_activity a ON a.citizen_id = own.citizen_id AND a.id = own.id
