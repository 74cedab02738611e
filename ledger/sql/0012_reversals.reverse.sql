DROP TRIGGER reversed_once ON ledger_transfer;
DROP FUNCTION ledger_note_reversal();
