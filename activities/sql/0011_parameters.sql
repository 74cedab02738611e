-- Whoever writes a version, by whatever way: no number outside its bounds, no factor in the wrong unit, of the wrong
-- region, unpublished, or with another value than the parameter. The families' bounds are in methodology_parameters().

-- What a value in one unit is multiplied by to be in another; null where it is another kind of unit.
CREATE FUNCTION unit_scale(unit text, wanted text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN unit = wanted THEN 1
        WHEN split_part(unit, '/', 2) = split_part(wanted, '/', 2) THEN CASE split_part(unit, '/', 1) || ' ' || split_part(wanted, '/', 1)
            WHEN 'kg g' THEN 1000 WHEN 'g kg' THEN 0.001 END
    END
$$;

-- Every value in the parameters with its path, `*` for any place of a list.
CREATE FUNCTION parameter_values(parameters jsonb) RETURNS TABLE (path text, value jsonb) LANGUAGE sql IMMUTABLE AS $$
    WITH RECURSIVE node (path, value) AS (
        SELECT '', parameters
        UNION ALL
        SELECT ltrim(node.path || '.' || child.name, '.'), child.value FROM node CROSS JOIN LATERAL (
            SELECT name, inner_value FROM jsonb_each(
                CASE WHEN jsonb_typeof(node.value) = 'object' THEN node.value ELSE '{}' END) AS each (name, inner_value)
            UNION ALL
            SELECT '*', inner_value FROM jsonb_array_elements(
                CASE WHEN jsonb_typeof(node.value) = 'array' THEN node.value ELSE '[]' END) AS each (inner_value)
        ) AS child (name, value)
    )
    SELECT path, value FROM node WHERE jsonb_typeof(value) NOT IN ('object', 'array', 'null')
$$;

CREATE FUNCTION refuse_parameters(family text, parameters jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN known.path IS NULL THEN format('%s is no parameter of %s', given.path, $1)
        ELSE format('%s must be between %s and %s %s', given.path, known.minimum, known.maximum, known.unit) END
    FROM parameter_values($2) AS given
    LEFT JOIN methodology_parameters() AS known ON known.family = $1 AND known.path = given.path
    WHERE known.path IS NULL OR known.minimum IS NOT NULL AND NOT coalesce(
        CASE WHEN given.value #>> '{}' ~ '^-?[0-9]+(\.[0-9]+)?$'
            THEN (given.value #>> '{}')::numeric BETWEEN known.minimum AND known.maximum END, false)
    ORDER BY given.path LIMIT 1
$$;

CREATE FUNCTION refuse_factors(family text, parameters jsonb, factors jsonb, region text) RETURNS text
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
            (kept.said ->> 'year')::int, kept.said ->> 'status', kept.said ->> 'provenance', kept.said ->> 'source')
        AND (kept.said ->> 'value')::numeric = f.value * unit_scale(f.unit, known.unit)
        AND (kept.said ->> 'value')::numeric = ($2 #>> string_to_array(kept.path, '.'))::numeric
        AND (kept.said ->> 'low')::numeric IS NOT DISTINCT FROM f.low * unit_scale(f.unit, known.unit)
        AND (kept.said ->> 'high')::numeric IS NOT DISTINCT FROM f.high * unit_scale(f.unit, known.unit)) IS NOT TRUE
    ORDER BY kept.path LIMIT 1
$$;

CREATE FUNCTION refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reason text := coalesce(refuse_parameters(NEW.family, NEW.parameters),
        refuse_factors(NEW.family, NEW.parameters, NEW.factors, NEW.region));
BEGIN
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION '%', reason USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER methodology_parameters_are_valid BEFORE INSERT OR UPDATE OF family, parameters, factors, region, state
    ON activities_methodology FOR EACH ROW EXECUTE FUNCTION refuse_version();
