DROP TRIGGER offer_keeps_its_price ON rewards_offer;
CREATE TRIGGER offer_keeps_its_price BEFORE UPDATE ON rewards_offer FOR EACH ROW
    WHEN (OLD.state = NEW.state AND OLD.state IN ('published', 'ended') AND (OLD.merchant_id, OLD.kind, OLD.allocation, OLD.price_points, OLD.value_fen,
                                    OLD.funder, OLD.sponsor)
          IS DISTINCT FROM (NEW.merchant_id, NEW.kind, NEW.allocation, NEW.price_points, NEW.value_fen,
                            NEW.funder, NEW.sponsor))
    EXECUTE FUNCTION rewards_guard_offer();
CREATE OR REPLACE FUNCTION rewards_keep_funder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT funder INTO NEW.funder FROM rewards_offer WHERE id = NEW.offer_id;
    RETURN NEW;
END
$$;
