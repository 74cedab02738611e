CREATE TRIGGER expiry_rule_is_append_only BEFORE UPDATE OR DELETE ON ledger_expiryrule
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What was earned since an instant: awards, bonuses, refunds.
CREATE FUNCTION ledger_earned_since(wallet uuid, since timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(amount), 0)::bigint FROM ledger_transfer
    WHERE credit_account_id = wallet AND created_at >= since AND code IN (10, 11, 23)
$$;

-- For each holder and day, how much of the wallet was earned before the day's instant; only where there is any.
CREATE FUNCTION ledger_expiring(holders uuid[], days date[], instants timestamptz[])
RETURNS TABLE (holder uuid, expires_on date, points bigint) LANGUAGE sql STABLE AS $$
    SELECT wallet.holder, due.day, due.points
    FROM ledger_account wallet
    CROSS JOIN LATERAL (
        SELECT day, wallet.balance - ledger_earned_since(wallet.id, instant) AS points
        FROM unnest(days, instants) AS boundary (day, instant)
    ) AS due
    WHERE wallet.holder = ANY (holders) AND wallet.code = 200 AND wallet.balance > 0 AND due.points > 0
    ORDER BY wallet.holder, due.day
$$;

-- Let what these wallets earned before an instant expire to the payee; how many wallets gave some.
CREATE FUNCTION ledger_expire(wallets uuid[], instant timestamptz, payee uuid, ref uuid)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    due record;
BEGIN
    PERFORM 1 FROM ledger_account WHERE id = ANY (wallets) AND balance > 0 ORDER BY id FOR UPDATE;
    SELECT array_agg(gen_random_uuid()) AS ids, array_agg(id) AS sources, array_agg(points) AS amounts INTO due
        FROM (
            SELECT id, balance - ledger_earned_since(id, instant) AS points
            FROM ledger_account WHERE id = ANY (wallets) AND code = 200 AND balance > 0
        ) AS wallet WHERE points > 0;
    IF due.ids IS NULL THEN
        RETURN 0;
    END IF;
    RETURN ledger_post(due.ids, due.sources, array_fill(payee, ARRAY[cardinality(due.ids)]), due.amounts,
        array_fill(40::smallint, ARRAY[cardinality(due.ids)]), array_fill(ref, ARRAY[cardinality(due.ids)]));
END
$$;
