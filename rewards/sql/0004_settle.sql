-- A closed settlement never changes, but for how its payout goes; its lines are written before it is closed.
CREATE FUNCTION rewards_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed AND (
        (NEW.merchant_id, NEW.contract_id, NEW.last_day, NEW.closed, NEW.points, NEW.payable_fen, NEW.fee_fen)
        IS DISTINCT FROM
        (OLD.merchant_id, OLD.contract_id, OLD.last_day, OLD.closed, OLD.points, OLD.payable_fen, OLD.fee_fen)
        OR (OLD.payout, NEW.payout) NOT IN (('open', 'paid'), ('open', 'failed'), ('failed', 'paid'),
                                            ('failed', 'failed'))
    ) THEN
        RAISE EXCEPTION 'settlement % is closed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER batch_is_closed BEFORE UPDATE OR DELETE ON rewards_batch
    FOR EACH ROW EXECUTE FUNCTION rewards_guard_batch();

CREATE FUNCTION rewards_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT closed FROM rewards_batch WHERE id = NEW.batch_id) THEN
        RAISE EXCEPTION 'settlement % is closed', NEW.batch_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER line_before_closing BEFORE INSERT ON rewards_line
    FOR EACH ROW EXECUTE FUNCTION rewards_guard_line();
CREATE TRIGGER line_is_append_only BEFORE UPDATE OR DELETE ON rewards_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER planting_is_append_only BEFORE UPDATE OR DELETE ON rewards_planting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A winner's entry takes one from the stock, and counts on its day and in its district. The offer's row is locked.
CREATE FUNCTION rewards_take_drawn(p_redemption uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    drawn record;
BEGIN
    SELECT * INTO drawn FROM rewards_redemption WHERE id = p_redemption;
    UPDATE rewards_offer SET stock_left = stock_left - 1 WHERE id = drawn.offer_id;
    PERFORM rewards_count(drawn.offer_id, 'day:' || drawn.city_day, NULL, 'sold_out');
    IF drawn.district_id IS NOT NULL THEN
        PERFORM rewards_count(drawn.offer_id, 'district:' || drawn.district_id, NULL, 'sold_out');
    END IF;
END
$$;
