INSERT INTO ledger_programme (id, code, kind, name_zh, name_en, warn_at_percent, taper_percent,
    fen_per_thousand_points, limited, funded_points, level_points, opening_points)
VALUES ('00000000-0000-0000-0000-000000000000', 'city', 'city', '城市碳普惠', 'City programme', 20, 50, 0, false, 0, 0, 0);

CREATE TRIGGER funding_is_append_only BEFORE UPDATE OR DELETE ON ledger_funding
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How limited programmes stand. A batch of awards asks first, and until it ends no programme becomes limited.
CREATE FUNCTION ledger_budgets() RETURNS TABLE (programme uuid, percent integer, left_points bigint)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger_budgets'));
    RETURN QUERY SELECT p.id,
        CASE WHEN s.total * 100 <= p.taper_from_percent * p.level_points THEN p.taper_percent ELSE 100 END::integer,
        s.total
        FROM ledger_programme p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.left_points), 0)::bigint AS total FROM ledger_budgetslice b WHERE b.programme_id = p.id
        ) AS s WHERE p.limited;
END
$$;

-- Lock all slices of a programme, add points, and spread the sum evenly; what there is then.
CREATE FUNCTION ledger_spread(wanted uuid, points bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
    slices integer;
BEGIN
    PERFORM 1 FROM ledger_budgetslice WHERE programme_id = wanted ORDER BY number FOR UPDATE;
    SELECT coalesce(sum(left_points), 0) + points, count(*) INTO total, slices
        FROM ledger_budgetslice WHERE programme_id = wanted;
    UPDATE ledger_budgetslice SET left_points = total / slices + CASE number WHEN 0 THEN total % slices ELSE 0 END
        WHERE programme_id = wanted;
    RETURN total;
END
$$;

-- Take points to issue out of programmes, after adding those that come back; how many each had, at most those wanted.
-- A slice that nobody else draws from is taken where it has enough; near the end all are locked in order.
-- The locks last until the transaction ends, so what was drawn comes back with a rollback. Programmes in order of ids.
CREATE FUNCTION ledger_draw(programmes uuid[], wanted bigint[], returned bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    chosen bigint;
    had bigint;
    granted bigint[] := '{}';
BEGIN
    FOR place IN 1 .. cardinality(programmes) LOOP
        BEGIN
            SELECT id INTO chosen FROM ledger_budgetslice
                WHERE programme_id = programmes[place] AND left_points + returned[place] >= wanted[place]
                LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF chosen IS NULL THEN  -- the block lets go of slices that it locked and found emptied meanwhile
                RAISE EXCEPTION 'no slice' USING ERRCODE = 'TL005';
            END IF;
            UPDATE ledger_budgetslice SET left_points = left_points + returned[place] - wanted[place] WHERE id = chosen;
            granted := granted || wanted[place];
        EXCEPTION WHEN SQLSTATE 'TL005' THEN
            had := ledger_spread(programmes[place], returned[place]);
            PERFORM ledger_spread(programmes[place], -least(had, wanted[place]));
            granted := granted || least(had, wanted[place]);
        END;
    END LOOP;
    RETURN granted;
END
$$;
