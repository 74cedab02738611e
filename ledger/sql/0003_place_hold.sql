-- Set points aside under a client-made id, in one round trip. The same hold again changes nothing.
-- `placed_as` is the id of its transfer, `held_account` that of the account on hold where the holder has none yet.
CREATE FUNCTION ledger_place_hold(
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
