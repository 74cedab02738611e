DROP FUNCTION ledger_place_hold(uuid, uuid, uuid, uuid, bigint, timestamptz);
