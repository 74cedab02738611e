-- What was promised stays: a redemption keeps who pays for it, and a published offer its money fields until it is paused.
CREATE FUNCTION rewards_keep_funder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT funder INTO NEW.funder FROM rewards_offer WHERE id = NEW.offer_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER redemption_keeps_funder BEFORE INSERT ON rewards_redemption
    FOR EACH ROW EXECUTE FUNCTION rewards_keep_funder();

CREATE FUNCTION rewards_guard_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'offer % was published: price, value and who pays stay', OLD.id
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER offer_keeps_its_price BEFORE UPDATE ON rewards_offer FOR EACH ROW
    WHEN (OLD.state = NEW.state AND OLD.state IN ('published', 'ended') AND (OLD.merchant_id, OLD.kind, OLD.allocation, OLD.price_points, OLD.value_fen,
                                    OLD.funder, OLD.sponsor)
          IS DISTINCT FROM (NEW.merchant_id, NEW.kind, NEW.allocation, NEW.price_points, NEW.value_fen,
                            NEW.funder, NEW.sponsor))
    EXECUTE FUNCTION rewards_guard_offer();
