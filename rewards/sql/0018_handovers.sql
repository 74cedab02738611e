-- Evidence stays, and a gift that was handed over was handed over once.
CREATE TRIGGER handover_is_append_only BEFORE UPDATE OR DELETE ON rewards_handover
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER handover_is_not_truncated BEFORE TRUNCATE ON rewards_handover
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION rewards_guard_handover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.handover_id IS NOT NULL OR NEW.state <> 'confirmed'
        OR NEW.offer_id <> (SELECT offer_id FROM rewards_handover WHERE id = NEW.handover_id) THEN
        RAISE EXCEPTION 'gift % is not for this handover', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER gift_is_handed_over_once BEFORE UPDATE OF handover_id ON rewards_redemption
    FOR EACH ROW WHEN (NEW.handover_id IS DISTINCT FROM OLD.handover_id) EXECUTE FUNCTION rewards_guard_handover();
