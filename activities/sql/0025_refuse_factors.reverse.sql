-- As before, and versions that remember a source in both languages are still accepted.
CREATE OR REPLACE FUNCTION refuse_factors(family text, parameters jsonb, factors jsonb, region text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN f.id IS NULL OR f.published_at IS NULL THEN format('%s: its factor is not published', kept.path)
        WHEN unit_scale(f.unit, known.unit) IS NULL
            THEN format('%s is in %s; the factor %s is in %s', kept.path, known.unit, f.code, f.unit)
        WHEN left($4 || '-', length(f.region) + 1) <> f.region || '-'
            THEN format('%s: the factor %s holds in %s, not in %s', kept.path, f.code, f.region, $4)
        ELSE format('%s is not what its factor %s says', kept.path, f.code) END
    FROM jsonb_each($3) AS kept (path, said)
    LEFT JOIN activities_factor f ON f.id = (kept.said ->> 'factor')::bigint
    LEFT JOIN methodology_parameters() AS known
        ON known.family = $1 AND known.path = regexp_replace(kept.path, '\.[0-9]+(?=\.|$)', '.*', 'g')
    WHERE (f.published_at IS NOT NULL
        AND left($4 || '-', length(f.region) + 1) = f.region || '-'
        AND (f.code, f.region, f.year, f.status, f.provenance, f.source) = (kept.said ->> 'code', kept.said ->> 'region',
            (kept.said ->> 'year')::int, kept.said ->> 'status', kept.said ->> 'provenance',
            coalesce(kept.said ->> 'source', kept.said ->> 'source_en'))
        AND (kept.said ->> 'value')::numeric = f.value * unit_scale(f.unit, known.unit)
        AND (kept.said ->> 'value')::numeric = ($2 #>> string_to_array(kept.path, '.'))::numeric
        AND (kept.said ->> 'low')::numeric IS NOT DISTINCT FROM f.low * unit_scale(f.unit, known.unit)
        AND (kept.said ->> 'high')::numeric IS NOT DISTINCT FROM f.high * unit_scale(f.unit, known.unit)) IS NOT TRUE
    ORDER BY kept.path LIMIT 1
$$;
