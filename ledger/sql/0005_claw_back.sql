CREATE TRIGGER transfer_is_not_truncated BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Post transfers given as columns; return how many were new. A replay of the same transfer posts nothing.
-- Carried accounts are locked in the order of their ids before anything is written. Who owes points pays them
-- back as soon as a wallet fills: nobody has points to spend and a debt.
CREATE OR REPLACE FUNCTION ledger_post(
    ids uuid[], debits uuid[], credits uuid[], amounts bigint[], codes smallint[], refs uuid[]
) RETURNS integer LANGUAGE plpgsql AS $$
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

-- Repay what the holders of these wallets owe, as far as the wallets reach. The wallets are locked already; a debt
-- is always locked after its wallet.
CREATE FUNCTION ledger_collect(wallets uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    due record;
BEGIN
    SELECT array_agg(debt.id ORDER BY debt.id) AS debts INTO due
        FROM ledger_account wallet
        JOIN ledger_account debt ON debt.holder = wallet.holder AND debt.code = 220 AND debt.balance > 0
        WHERE wallet.id = ANY (wallets) AND wallet.code = 200 AND wallet.balance > 0;
    IF due.debts IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM ledger_account WHERE id = ANY (due.debts) ORDER BY id FOR UPDATE;
    SELECT array_agg(gen_random_uuid()) AS ids, array_agg(wallet.id) AS sources, array_agg(debt.id) AS debts,
           array_agg(least(wallet.balance, debt.balance)) AS amounts INTO due
        FROM ledger_account debt JOIN ledger_account wallet ON wallet.holder = debt.holder AND wallet.code = 200
        WHERE debt.id = ANY (due.debts) AND debt.balance > 0 AND wallet.balance > 0;
    IF due.ids IS NOT NULL THEN
        PERFORM ledger_post(due.ids, due.sources, due.debts, due.amounts,
            array_fill(32::smallint, ARRAY[cardinality(due.ids)]), due.debts);
    END IF;
END
$$;

-- Take points back from wallets given as columns: what a wallet has, and the rest as a debt, both to the payee. A
-- replay takes nothing and answers as the first time. One row a draft, in the order of ids.
CREATE FUNCTION ledger_claw_back(
    ids uuid[], owed_ids uuid[], wallets uuid[], debts uuid[], payees uuid[], amounts bigint[], refs uuid[]
) RETURNS TABLE (draft uuid, taken bigint, owed bigint) LANGUAGE plpgsql AS $$
DECLARE
    legs record;
    offender uuid;
BEGIN
    PERFORM 1 FROM ledger_account WHERE id = ANY (wallets) ORDER BY id FOR UPDATE;
    PERFORM 1 FROM ledger_account WHERE id = ANY (debts) ORDER BY id FOR UPDATE;

    WITH fresh AS (
        SELECT sent.*, 
            (sum(sent.amount) OVER (PARTITION BY wallet ORDER BY sent.id))::bigint - sent.amount AS before
        FROM unnest(ids, owed_ids, wallets, debts, payees, amounts, refs)
            AS sent (id, owed_id, wallet, debt, payee, amount, ref)
        WHERE NOT EXISTS (SELECT FROM ledger_transfer kept WHERE kept.id IN (sent.id, sent.owed_id))
    ), split AS (
        SELECT fresh.*, least(fresh.amount, greatest(account.balance - fresh.before, 0)) AS here
        FROM fresh JOIN ledger_account account ON account.id = fresh.wallet
    ), leg AS (
        SELECT split.id, split.wallet AS source, payee, here AS amount, 30 AS code, ref FROM split WHERE here > 0
        UNION ALL
        SELECT split.owed_id, split.debt, payee, split.amount - here, 31, ref FROM split WHERE split.amount > here
    )
    SELECT array_agg(leg.id ORDER BY leg.id) AS ids, array_agg(source ORDER BY leg.id) AS sources,
           array_agg(payee ORDER BY leg.id) AS payees, array_agg(leg.amount ORDER BY leg.id) AS amounts,
           array_agg(code::smallint ORDER BY leg.id) AS codes, array_agg(ref ORDER BY leg.id) AS refs
        INTO legs FROM leg;
    IF legs.ids IS NOT NULL THEN
        PERFORM ledger_post(legs.ids, legs.sources, legs.payees, legs.amounts, legs.codes, legs.refs);
    END IF;

    SELECT sent.id INTO offender
        FROM unnest(ids, owed_ids, wallets, debts, payees, amounts, refs)
            AS sent (id, owed_id, wallet, debt, payee, amount, ref)
        WHERE sent.amount IS DISTINCT FROM (
            SELECT sum(kept.amount) FROM ledger_transfer kept
            WHERE (kept.id, kept.debit_account_id, kept.code) IN ((sent.id, wallet, 30), (owed_id, debt, 31))
              AND (kept.credit_account_id, kept.reference) = (payee, ref)) LIMIT 1;
    IF offender IS NOT NULL THEN
        RAISE EXCEPTION 'transfer % was posted with other content', offender USING ERRCODE = 'TL001';
    END IF;
    RETURN QUERY SELECT sent.id, coalesce(here.amount, 0), coalesce(rest.amount, 0)
        FROM unnest(ids, owed_ids) AS sent (id, owed_id)
        LEFT JOIN ledger_transfer here ON here.id = sent.id
        LEFT JOIN ledger_transfer rest ON rest.id = sent.owed_id ORDER BY sent.id;
END
$$;

-- Lock every carried account of these holders in one order, for who posts more than once in a transaction.
CREATE FUNCTION ledger_lock(holders uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_account WHERE holder = ANY (holders) AND code IN (200, 210) ORDER BY id FOR UPDATE;
    PERFORM 1 FROM ledger_account WHERE holder = ANY (holders) AND code = 220 ORDER BY id FOR UPDATE;
END
$$;
