DROP FUNCTION ledger_claw_back(uuid[], uuid[], uuid[], uuid[], uuid[], uuid[], bigint[], uuid[], timestamptz[], uuid);
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
DROP FUNCTION ledger_expired_since(uuid, timestamptz);
CREATE OR REPLACE FUNCTION ledger_place_hold(
    hold_id uuid, placed_as uuid, held_account uuid, holder_id uuid, points bigint, until timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    spendable uuid;
    held uuid;
BEGIN
    SELECT id INTO spendable FROM ledger_account WHERE holder = holder_id AND code = 200;
    IF spendable IS NULL THEN
        RAISE EXCEPTION 'holder % has no points', holder_id USING ERRCODE = 'TL003';
    END IF;
    SELECT id INTO held FROM ledger_account WHERE holder = holder_id AND code = 210;
    IF held IS NULL THEN
        INSERT INTO ledger_account (id, holder, code, balance, created_at)
            VALUES (held_account, holder_id, 210, 0, now()) ON CONFLICT DO NOTHING;
        SELECT id INTO held FROM ledger_account WHERE holder = holder_id AND code = 210;
    END IF;

    PERFORM ledger_post(ARRAY[placed_as], ARRAY[spendable], ARRAY[held], ARRAY[points], ARRAY[20::smallint],
                        ARRAY[hold_id]);
    INSERT INTO ledger_hold (id, holder, amount, state, expires_at, created_at)
        VALUES (hold_id, holder_id, points, 'placed', until, now()) ON CONFLICT (id) DO NOTHING;
    IF NOT EXISTS (SELECT FROM ledger_hold WHERE id = hold_id AND holder = holder_id AND amount = points) THEN
        RAISE EXCEPTION 'hold % was placed with other content', hold_id USING ERRCODE = 'TL001';
    END IF;
END
$$;
DROP TRIGGER funding_is_not_truncated ON ledger_funding;
DROP TRIGGER expiry_rule_is_not_truncated ON ledger_expiryrule;
DROP TRIGGER expiry_rule_is_told_ahead ON ledger_expiryrule;
DROP FUNCTION ledger_guard_expiry_rule();
