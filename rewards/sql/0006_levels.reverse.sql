-- Who may redeem an offer: members of its group, where it has one. rewards_redeem() answers with the refusal.
CREATE OR REPLACE FUNCTION rewards_require_eligible() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM rewards_offer offer WHERE offer.id = NEW.offer_id AND offer.group_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM accounts_membership membership
                               WHERE membership.group_id = offer.group_id AND citizen_id = NEW.citizen_id)) THEN
        PERFORM rewards_refuse('not_eligible');
    END IF;
    RETURN NEW;
END
$$;
