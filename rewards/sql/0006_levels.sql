-- Who may redeem an offer: members of its group, where it has one; who has its level in this month or had it in the last.
-- Looked at while the offer's row is locked. rewards_redeem() answers with the refusal.
CREATE OR REPLACE FUNCTION rewards_require_eligible() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offer record;
BEGIN
    SELECT group_id, min_level_id INTO offer FROM rewards_offer WHERE id = NEW.offer_id;
    IF offer.group_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_membership WHERE group_id = offer.group_id AND citizen_id = NEW.citizen_id
    ) THEN
        PERFORM rewards_refuse('not_eligible');
    END IF;
    IF offer.min_level_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_standing WHERE citizen_id = NEW.citizen_id AND level_id >= offer.min_level_id
            AND month >= (date_trunc('month', NEW.city_day::timestamp) - interval '1 month')::date
    ) THEN
        PERFORM rewards_refuse('level_needed');
    END IF;
    RETURN NEW;
END
$$;
