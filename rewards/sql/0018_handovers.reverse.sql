DROP TRIGGER gift_is_handed_over_once ON rewards_redemption;
DROP FUNCTION rewards_guard_handover();
DROP TRIGGER handover_is_not_truncated ON rewards_handover;
DROP TRIGGER handover_is_append_only ON rewards_handover;
