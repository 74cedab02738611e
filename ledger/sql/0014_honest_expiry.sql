-- A rule of expiry is told before it bites: it begins later, and what it lets expire first is more than 60 days away.
-- `ExpiryRule.first_expiry` says the same to staff.
CREATE FUNCTION ledger_guard_expiry_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ends date;
    first date;
BEGIN
    SELECT NEW.valid_from + make_interval(months => life_months) INTO first
        FROM ledger_expiryrule WHERE valid_from < NEW.valid_from ORDER BY valid_from DESC LIMIT 1;
    IF NOT FOUND THEN
        ends := least(
            NEW.valid_from + make_interval(months =>
                NEW.period_months - (extract(month FROM NEW.valid_from)::integer - 1) % NEW.period_months),
            (SELECT min(valid_from) FROM ledger_expiryrule WHERE valid_from > NEW.valid_from));
        first := ends + make_interval(months => NEW.life_months);
    END IF;
    IF NEW.valid_from <= current_date OR first <= current_date + 60 THEN
        RAISE EXCEPTION 'rule % lets points expire before citizens were told', NEW.valid_from
            USING ERRCODE = 'check_violation', CONSTRAINT = 'expiry_rule_is_told_ahead';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER expiry_rule_is_told_ahead BEFORE INSERT ON ledger_expiryrule
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_expiry_rule();
CREATE TRIGGER expiry_rule_is_not_truncated BEFORE TRUNCATE ON ledger_expiryrule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER funding_is_not_truncated BEFORE TRUNCATE ON ledger_funding
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Set points aside as before; the same id with another end is another hold.
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
    IF NOT EXISTS (
        SELECT FROM ledger_hold WHERE id = hold_id AND holder = holder_id AND amount = points AND expires_at = until
    ) THEN
        RAISE EXCEPTION 'hold % was placed with other content', hold_id USING ERRCODE = 'TL001';
    END IF;
END
$$;

-- What expired in a wallet of the periods that were running at an instant or later, and was not brought back since.
CREATE FUNCTION ledger_expired_since(wallet uuid, since timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH gone AS MATERIALIZED (
        SELECT amount, reference FROM ledger_transfer WHERE debit_account_id = wallet AND code = 40
    )
    SELECT (coalesce((
            SELECT sum(amount) FROM gone JOIN ledger_expirysweep sweep ON sweep.id = gone.reference
            WHERE sweep.earned_before > since), 0)
        - coalesce((
            SELECT sum(amount) FROM ledger_transfer
            WHERE credit_account_id = wallet AND created_at >= since AND code = 41), 0))::bigint
$$;

-- Take points back from wallets given as columns. What expired in a wallet since they were earned comes back to it
-- first (from `expired`), so that nobody owes points that were never spent; then what the wallet has, and the rest as a
-- debt, both to the payee. A replay takes nothing and answers as the first time. One row a draft, in the order of ids.
DROP FUNCTION ledger_claw_back(uuid[], uuid[], uuid[], uuid[], uuid[], bigint[], uuid[]);
CREATE FUNCTION ledger_claw_back(
    ids uuid[], owed_ids uuid[], back_ids uuid[], wallets uuid[], debts uuid[], payees uuid[], amounts bigint[],
    refs uuid[], earned timestamptz[], expired uuid
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
        FROM unnest(ids, owed_ids, back_ids, wallets, debts, payees, amounts, refs, earned)
            AS sent (id, owed_id, back_id, wallet, debt, payee, amount, ref, earned_at)
        WHERE NOT EXISTS (SELECT FROM ledger_transfer kept WHERE kept.id IN (sent.id, sent.owed_id))
    ), back AS (
        SELECT fresh.*, CASE WHEN earned_at IS NULL THEN 0 ELSE
            least(amount, greatest(ledger_expired_since(wallet, earned_at) - before, 0)) END AS returned
        FROM fresh
    ), due AS (
        SELECT back.*, (sum(amount - returned) OVER (PARTITION BY wallet ORDER BY back.id))::bigint
            - amount + returned AS due_before
        FROM back
    ), split AS (
        SELECT due.*, least(due.amount - returned, greatest(account.balance - due_before, 0)) + returned AS here
        FROM due JOIN ledger_account account ON account.id = due.wallet
    ), leg AS (
        SELECT split.back_id AS id, expired AS source, split.wallet AS target, returned AS amount, 41 AS code, ref
            FROM split WHERE returned > 0
        UNION ALL
        SELECT split.id, split.wallet, payee, here, 30, ref FROM split WHERE here > 0
        UNION ALL
        SELECT split.owed_id, split.debt, payee, split.amount - here, 31, ref FROM split WHERE split.amount > here
    )
    SELECT array_agg(leg.id ORDER BY leg.id) AS ids, array_agg(source ORDER BY leg.id) AS sources,
           array_agg(target ORDER BY leg.id) AS targets, array_agg(leg.amount ORDER BY leg.id) AS amounts,
           array_agg(code::smallint ORDER BY leg.id) AS codes, array_agg(ref ORDER BY leg.id) AS refs
        INTO legs FROM leg;
    IF legs.ids IS NOT NULL THEN
        PERFORM ledger_post(legs.ids, legs.sources, legs.targets, legs.amounts, legs.codes, legs.refs);
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
