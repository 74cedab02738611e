-- A transfer is reversed once, whatever the id of the reversal: a key over parts of a table would hold within each only.
INSERT INTO ledger_reversal (transfer_id) SELECT reference FROM ledger_transfer WHERE code = 60;

CREATE FUNCTION ledger_note_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_reversal (transfer_id) VALUES (NEW.reference);
    RETURN NULL;
END
$$;
CREATE TRIGGER reversed_once AFTER INSERT ON ledger_transfer
    FOR EACH ROW WHEN (NEW.code = 60) EXECUTE FUNCTION ledger_note_reversal();
CREATE TRIGGER reversal_is_append_only BEFORE UPDATE OR DELETE ON ledger_reversal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reversal_is_not_truncated BEFORE TRUNCATE ON ledger_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
