DROP TRIGGER offer_keeps_its_price ON rewards_offer;
DROP FUNCTION rewards_guard_offer();
DROP TRIGGER redemption_keeps_funder ON rewards_redemption;
DROP FUNCTION rewards_keep_funder();
