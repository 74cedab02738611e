DROP TRIGGER redemption_is_eligible ON rewards_redemption;
DROP FUNCTION rewards_require_eligible();
