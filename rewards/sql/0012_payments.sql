-- The fee of an amount, in hundredths of a percent; half a fen is rounded up.
CREATE FUNCTION rewards_fee_fen(payable_fen bigint, fee_bp integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (payable_fen * fee_bp * 2 + 10000) / 20000
$$;

-- A closed settlement never changes, but for how its payout goes. What was sent to the bank is sent again only after
-- the bank said that it failed.
CREATE OR REPLACE FUNCTION rewards_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed AND (
        (NEW.merchant_id, NEW.contract_id, NEW.last_day, NEW.closed, NEW.points, NEW.payable_fen, NEW.fee_fen)
        IS DISTINCT FROM
        (OLD.merchant_id, OLD.contract_id, OLD.last_day, OLD.closed, OLD.points, OLD.payable_fen, OLD.fee_fen)
        OR (OLD.payout, NEW.payout) NOT IN (('open', 'sent'), ('open', 'paid'), ('sent', 'paid'), ('sent', 'failed'),
                                            ('failed', 'sent'), ('failed', 'paid'))
    ) THEN
        RAISE EXCEPTION 'settlement % is closed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- A payment is of a settlement that is to be paid and not under way, and goes to an account of its own merchant.
CREATE FUNCTION rewards_guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM rewards_batch batch JOIN rewards_contract contract ON contract.id = NEW.contract_id
        WHERE batch.id = NEW.batch_id AND contract.merchant_id = batch.merchant_id
          AND batch.closed AND batch.payout IN ('open', 'failed') FOR NO KEY UPDATE OF batch;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % is not waiting to be paid there', NEW.batch_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_is_due BEFORE INSERT ON rewards_payment
    FOR EACH ROW EXECUTE FUNCTION rewards_guard_payment();
CREATE TRIGGER payment_is_append_only BEFORE UPDATE OR DELETE ON rewards_payment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_is_not_truncated BEFORE TRUNCATE ON rewards_payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_file_is_append_only BEFORE UPDATE OR DELETE ON rewards_paymentfile
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_file_is_not_truncated BEFORE TRUNCATE ON rewards_paymentfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Payments go where contracts say: a new agreement, or another account, is a new contract.
CREATE TRIGGER contract_is_append_only BEFORE UPDATE OR DELETE ON rewards_contract
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contract_is_not_truncated BEFORE TRUNCATE ON rewards_contract
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER batch_is_not_truncated BEFORE TRUNCATE ON rewards_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER line_is_not_truncated BEFORE TRUNCATE ON rewards_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER step_is_not_truncated BEFORE TRUNCATE ON rewards_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER offer_step_is_not_truncated BEFORE TRUNCATE ON rewards_offerstep
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER planting_is_not_truncated BEFORE TRUNCATE ON rewards_planting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
