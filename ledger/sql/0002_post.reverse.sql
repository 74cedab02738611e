DROP FUNCTION ledger_post(uuid[], uuid[], uuid[], bigint[], smallint[], uuid[]);
DROP TRIGGER transfer_is_append_only ON ledger_transfer;
DROP FUNCTION refuse_change();
