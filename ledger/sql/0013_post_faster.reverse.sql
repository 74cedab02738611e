ALTER TABLE ledger_account RESET (fillfactor);

CREATE OR REPLACE FUNCTION ledger_post_many(
    ids uuid[], debits uuid[], credits uuid[], amounts bigint[], codes smallint[], refs uuid[]
) RETURNS integer LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    posted integer;
    offender record;
BEGIN
    PERFORM 1 FROM ledger_account
        WHERE id = ANY (debits || credits) AND balance IS NOT NULL
        ORDER BY id FOR UPDATE;

    SELECT sent.id, CASE WHEN source.id IS NULL THEN debit WHEN target.id IS NULL THEN credit END AS missing
        INTO offender
        FROM unnest(ids, debits, credits) AS sent (id, debit, credit)
        LEFT JOIN ledger_account source ON source.id = debit
        LEFT JOIN ledger_account target ON target.id = credit
        WHERE source.id IS NULL OR target.id IS NULL
           OR (source.holder <> target.holder AND source.code / 100 = 2 AND target.code / 100 = 2) LIMIT 1;
    IF offender.missing IS NOT NULL THEN
        RAISE EXCEPTION 'there is no account %', offender.missing USING ERRCODE = 'TL002';
    ELSIF offender.id IS NOT NULL THEN
        RAISE EXCEPTION 'transfer % goes from one person to another', offender.id USING ERRCODE = 'TL004';
    END IF;

    WITH fresh AS (
        INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount, code, reference)
        SELECT * FROM unnest(ids, debits, credits, amounts, codes, refs)
        ON CONFLICT (id) DO NOTHING
        RETURNING debit_account_id, credit_account_id, amount
    ), moved AS (
        SELECT account, sum(delta) AS delta FROM (
            SELECT debit_account_id AS account, -amount AS delta FROM fresh
            UNION ALL SELECT credit_account_id, amount FROM fresh
        ) AS side GROUP BY account
    ), carried AS (
        UPDATE ledger_account SET balance = balance + CASE code WHEN 220 THEN -moved.delta ELSE moved.delta END
        FROM moved WHERE ledger_account.id = moved.account AND balance IS NOT NULL
    )
    SELECT count(*) INTO posted FROM fresh;

    IF posted < cardinality(ids) THEN
        SELECT sent.id INTO offender
            FROM unnest(ids, debits, credits, amounts, codes, refs) AS sent (id, debit, credit, amount, code, ref)
            JOIN ledger_transfer AS kept ON kept.id = sent.id
            WHERE (kept.debit_account_id, kept.credit_account_id, kept.amount, kept.code, kept.reference)
                IS DISTINCT FROM (sent.debit, sent.credit, sent.amount, sent.code, sent.ref) LIMIT 1;
        IF offender.id IS NOT NULL THEN
            RAISE EXCEPTION 'transfer % was posted with other content', offender.id USING ERRCODE = 'TL001';
        END IF;
    END IF;
    IF posted > 0 THEN
        PERFORM ledger_collect(credits);
    END IF;
    RETURN posted;
END
$$;
