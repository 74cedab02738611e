-- `ledger_post` goes one of two ways that mean the same: a single transfer by plain statements, which start in half of
-- the time, several by sets. Their statements are planned once a connection and not at every call; a plan for few rows
-- (by index) is right for thousands too.
ALTER FUNCTION ledger_post(uuid[], uuid[], uuid[], bigint[], smallint[], uuid[]) RENAME TO ledger_post_many;
ALTER FUNCTION ledger_post_many(uuid[], uuid[], uuid[], bigint[], smallint[], uuid[])
    SET plan_cache_mode = force_generic_plan;

CREATE FUNCTION ledger_post_one(
    transfer uuid, debit uuid, credit uuid, points bigint, why smallint, ref uuid
) RETURNS integer LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    source record;
    target record;
BEGIN
    PERFORM 1 FROM ledger_account WHERE id IN (debit, credit) AND balance IS NOT NULL ORDER BY id FOR UPDATE;
    SELECT holder, code, balance INTO source FROM ledger_account WHERE id = debit;
    SELECT holder, code, balance INTO target FROM ledger_account WHERE id = credit;
    IF source.code IS NULL OR target.code IS NULL THEN
        RAISE EXCEPTION 'there is no account %', CASE WHEN source.code IS NULL THEN debit ELSE credit END
            USING ERRCODE = 'TL002';
    ELSIF source.holder <> target.holder AND source.code / 100 = 2 AND target.code / 100 = 2 THEN
        RAISE EXCEPTION 'transfer % goes from one person to another', transfer USING ERRCODE = 'TL004';
    END IF;

    INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount, code, reference)
        VALUES (transfer, debit, credit, points, why, ref) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        IF NOT EXISTS (
            SELECT FROM ledger_transfer WHERE id = transfer
                AND (debit_account_id, credit_account_id, amount, code, reference) = (debit, credit, points, why, ref)
        ) THEN
            RAISE EXCEPTION 'transfer % was posted with other content', transfer USING ERRCODE = 'TL001';
        END IF;
        RETURN 0;
    END IF;
    IF source.balance IS NOT NULL THEN
        UPDATE ledger_account SET balance = balance + CASE code WHEN 220 THEN points ELSE -points END WHERE id = debit;
    END IF;
    IF target.balance IS NOT NULL THEN
        UPDATE ledger_account SET balance = balance + CASE code WHEN 220 THEN -points ELSE points END WHERE id = credit;
    END IF;
    IF target.code = 200 AND EXISTS (
        SELECT FROM ledger_account WHERE holder = target.holder AND code = 220 AND balance > 0
    ) THEN
        PERFORM ledger_collect(ARRAY[credit]);
    END IF;
    RETURN 1;
END
$$;

CREATE FUNCTION ledger_post(
    ids uuid[], debits uuid[], credits uuid[], amounts bigint[], codes smallint[], refs uuid[]
) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(ids) = 1 THEN
        RETURN ledger_post_one(ids[1], debits[1], credits[1], amounts[1], codes[1], refs[1]);
    END IF;
    RETURN ledger_post_many(ids, debits, credits, amounts, codes, refs);
END
$$;
