DROP FUNCTION ledger_expire(uuid[], timestamptz, uuid, uuid);
DROP FUNCTION ledger_expiring(uuid[], date[], timestamptz[]);
DROP FUNCTION ledger_earned_since(uuid, timestamptz);
DROP TRIGGER expiry_rule_is_append_only ON ledger_expiryrule;
