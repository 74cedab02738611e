DROP TRIGGER planting_is_not_truncated ON rewards_planting;
DROP TRIGGER offer_step_is_not_truncated ON rewards_offerstep;
DROP TRIGGER step_is_not_truncated ON rewards_step;
DROP TRIGGER line_is_not_truncated ON rewards_line;
DROP TRIGGER batch_is_not_truncated ON rewards_batch;
DROP TRIGGER contract_is_not_truncated ON rewards_contract;
DROP TRIGGER contract_is_append_only ON rewards_contract;
DROP TRIGGER payment_file_is_not_truncated ON rewards_paymentfile;
DROP TRIGGER payment_file_is_append_only ON rewards_paymentfile;
DROP TRIGGER payment_is_not_truncated ON rewards_payment;
DROP TRIGGER payment_is_append_only ON rewards_payment;
DROP TRIGGER payment_is_due ON rewards_payment;
DROP FUNCTION rewards_guard_payment();
DROP FUNCTION rewards_fee_fen(bigint, integer);
CREATE OR REPLACE FUNCTION rewards_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
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
