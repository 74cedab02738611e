-- Redeem an offer: stock, limits, the redemption and the points on hold, in one call and one short transaction.
-- Locks: the offer's row, its counts, the redemption, the ledger. A refusal is answered by its code and leaves nothing
-- behind; the same request again is answered like the first.
CREATE FUNCTION rewards_redeem(
    p_id uuid, p_citizen uuid, p_offer uuid, p_now timestamptz, p_day date, p_zone text, p_code text,
    p_placed_as uuid, p_held_account uuid
) RETURNS TABLE (refusal text, is_new boolean) LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    SELECT * INTO refusal, is_new FROM rewards_sent_before(p_id, p_citizen, p_offer);
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    BEGIN
        PERFORM rewards_reserve(p_id, p_citizen, p_offer, p_now, p_day, p_zone, p_code, p_placed_as, p_held_account);
        refusal := NULL;
        is_new := true;
        RETURN NEXT;
        RETURN;
    EXCEPTION
        WHEN SQLSTATE 'TR001' THEN said := SQLERRM;
        WHEN SQLSTATE 'TL003' THEN said := 'points_not_enough';
        WHEN check_violation THEN
            IF SQLERRM NOT LIKE '%account_balance_not_negative%' THEN RAISE; END IF;
            said := 'points_not_enough';
        WHEN SQLSTATE 'TL001' OR unique_violation THEN said := 'redemption_conflict';
    END;
    -- the same request on another connection may have come first, and may even have taken the last one
    SELECT * INTO refusal, is_new FROM rewards_sent_before(p_id, p_citizen, p_offer);
    IF NOT FOUND THEN
        refusal := said;
    END IF;
    RETURN NEXT;
END
$$;

-- The answer to an id that is there already: none where it is new.
CREATE FUNCTION rewards_sent_before(p_id uuid, p_citizen uuid, p_offer uuid)
RETURNS TABLE (refusal text, is_new boolean) LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN (citizen_id, offer_id) IS DISTINCT FROM (p_citizen, p_offer) THEN 'redemption_conflict' END, false
    FROM rewards_redemption WHERE id = p_id
$$;

CREATE FUNCTION rewards_refuse(code text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', code USING ERRCODE = 'TR001';
END
$$;

CREATE FUNCTION rewards_reserve(
    p_id uuid, p_citizen uuid, p_offer uuid, p_now timestamptz, p_day date, p_zone text, p_code text,
    p_placed_as uuid, p_held_account uuid
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    citizen record;
    offer record;
    until timestamptz;
BEGIN
    SELECT suspended_at, district_id INTO citizen FROM accounts_citizen WHERE id = p_citizen;
    IF citizen.suspended_at IS NOT NULL THEN
        PERFORM rewards_refuse('citizen_suspended');
    END IF;

    -- every condition stands in the UPDATE itself, where PostgreSQL looks again after waiting for the row
    UPDATE rewards_offer AS o SET stock_left = stock_left - CASE allocation WHEN 'lottery' THEN 0 ELSE 1 END
        WHERE o.id = p_offer AND state = 'published' AND starts_at <= p_now AND ends_at > p_now AND stock_left > 0
          AND EXISTS (SELECT FROM rewards_merchant m WHERE m.id = o.merchant_id AND m.active)
        RETURNING * INTO offer;
    IF NOT FOUND THEN
        PERFORM rewards_refuse(rewards_why_closed(p_offer, p_now));
    END IF;

    IF (SELECT count(*) >= offer.person_limit FROM rewards_redemption
            WHERE offer_id = p_offer AND citizen_id = p_citizen AND state IN ('entered', 'reserved', 'confirmed')) THEN
        PERFORM rewards_refuse('person_limit_reached');
    END IF;
    IF offer.allocation = 'lottery' THEN
        until := offer.ends_at + interval '14 days';  -- an entry that nobody draws returns by itself
    ELSE
        PERFORM rewards_count(p_offer, 'day:' || p_day, offer.day_limit, 'sold_out_today');
        IF citizen.district_id IS NOT NULL THEN
            PERFORM rewards_count(
                p_offer, 'district:' || citizen.district_id, offer.district_limit, 'sold_out_in_district');
        ELSIF offer.district_limit IS NOT NULL THEN
            PERFORM rewards_refuse('district_needed');
        END IF;
        until := (p_day + offer.voucher_days + 1)::timestamp AT TIME ZONE p_zone;
    END IF;

    INSERT INTO rewards_redemption (id, citizen_id, district_id, offer_id, merchant_id, points, value_fen, state,
                                    voucher_code, city_day, created_at, expires_at, note)
        VALUES (p_id, p_citizen, citizen.district_id, p_offer, offer.merchant_id, offer.price_points, offer.value_fen,
                CASE offer.allocation WHEN 'lottery' THEN 'entered' ELSE 'reserved' END,
                p_code, p_day, p_now, until, '');
    PERFORM ledger_place_hold(p_id, p_placed_as, p_held_account, p_citizen, offer.price_points, until);
END
$$;

-- Why nothing could be taken of an offer.
CREATE FUNCTION rewards_why_closed(p_offer uuid, p_now timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE
            WHEN NOT merchant.active THEN 'merchant_suspended'
            WHEN offer.state = 'paused' THEN 'offer_paused'
            WHEN offer.state = 'ended' OR offer.ends_at <= p_now THEN 'offer_over'
            WHEN offer.starts_at > p_now THEN 'offer_not_begun'
            ELSE 'sold_out' END
        FROM rewards_offer offer JOIN rewards_merchant merchant ON merchant.id = offer.merchant_id
        WHERE offer.id = p_offer AND offer.state <> 'draft'), 'offer_unknown')
$$;

-- One more is taken in this scope; refused where that would be more than the limit. The offer's row is locked.
CREATE FUNCTION rewards_count(p_offer uuid, p_scope text, p_limit integer, p_refusal text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rewards_taken AS taken (offer_id, scope, count) VALUES (p_offer, p_scope, 1)
        ON CONFLICT (offer_id, scope) DO UPDATE SET count = taken.count + 1
        WHERE p_limit IS NULL OR taken.count < p_limit;
    IF NOT FOUND THEN
        PERFORM rewards_refuse(p_refusal);
    END IF;
END
$$;

-- What no longer counts goes back to the stock and its counts. The offer's row is locked first.
CREATE FUNCTION rewards_put_back(p_redemption uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    back record;
BEGIN
    SELECT * INTO back FROM rewards_redemption WHERE id = p_redemption;
    UPDATE rewards_offer SET stock_left = stock_left + 1 WHERE id = back.offer_id;
    UPDATE rewards_taken SET count = count - 1 WHERE offer_id = back.offer_id
        AND scope IN ('day:' || back.city_day, 'district:' || back.district_id);
END
$$;

-- Every step of a redemption is written down, and only the steps of its life are possible.
CREATE FUNCTION rewards_write_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.state, NEW.state) NOT IN (
        ('entered', 'reserved'), ('entered', 'lost'), ('entered', 'cancelled'), ('entered', 'expired'),
        ('reserved', 'confirmed'), ('reserved', 'cancelled'), ('reserved', 'expired'), ('confirmed', 'refunded')
    ) THEN
        RAISE EXCEPTION 'a redemption does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO rewards_step (redemption_id, state, made_by, created_at) VALUES (
        NEW.id, NEW.state,
        CASE NEW.state WHEN 'confirmed' THEN NEW.confirmed_by_id WHEN 'refunded' THEN NEW.refunded_by_id
            WHEN 'cancelled' THEN NEW.citizen_id END,
        CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE coalesce(NEW.refunded_at, NEW.closed_at, now()) END);
    RETURN NULL;
END
$$;

CREATE TRIGGER redemption_begins AFTER INSERT ON rewards_redemption
    FOR EACH ROW EXECUTE FUNCTION rewards_write_step();
CREATE TRIGGER redemption_steps AFTER UPDATE OF state ON rewards_redemption
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION rewards_write_step();
CREATE TRIGGER step_is_append_only BEFORE UPDATE OR DELETE ON rewards_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER offer_step_is_append_only BEFORE UPDATE OR DELETE ON rewards_offerstep
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
