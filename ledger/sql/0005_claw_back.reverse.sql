DROP TRIGGER transfer_is_not_truncated ON ledger_transfer;
DROP FUNCTION ledger_lock(uuid[]);
DROP FUNCTION ledger_claw_back(uuid[], uuid[], uuid[], uuid[], uuid[], bigint[], uuid[]);
-- Post transfers given as columns; return how many were new. A replay of the same transfer posts nothing.
-- Carried accounts are locked in the order of their ids before anything is written.
CREATE OR REPLACE FUNCTION ledger_post(
    ids uuid[], debits uuid[], credits uuid[], amounts bigint[], codes smallint[], refs uuid[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    posted integer;
    offender uuid;
BEGIN
    PERFORM 1 FROM ledger_account
        WHERE id = ANY (debits || credits) AND balance IS NOT NULL
        ORDER BY id FOR UPDATE;

    SELECT side INTO offender FROM unnest(debits || credits) AS side
        WHERE NOT EXISTS (SELECT FROM ledger_account WHERE id = side) LIMIT 1;
    IF offender IS NOT NULL THEN
        RAISE EXCEPTION 'there is no account %', offender USING ERRCODE = 'TL002';
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
        UPDATE ledger_account SET balance = balance + moved.delta
        FROM moved WHERE ledger_account.id = moved.account AND balance IS NOT NULL
    )
    SELECT count(*) INTO posted FROM fresh;

    IF posted < cardinality(ids) THEN
        SELECT sent.id INTO offender
            FROM unnest(ids, debits, credits, amounts, codes, refs) AS sent (id, debit, credit, amount, code, ref)
            JOIN ledger_transfer AS kept ON kept.id = sent.id
            WHERE (kept.debit_account_id, kept.credit_account_id, kept.amount, kept.code, kept.reference)
                IS DISTINCT FROM (sent.debit, sent.credit, sent.amount, sent.code, sent.ref) LIMIT 1;
        IF offender IS NOT NULL THEN
            RAISE EXCEPTION 'transfer % was posted with other content', offender USING ERRCODE = 'TL001';
        END IF;
    END IF;
    RETURN posted;
END
$$;
DROP FUNCTION ledger_collect(uuid[]);
