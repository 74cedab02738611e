DROP FUNCTION ledger_draw(uuid[], bigint[], bigint[]);
DROP FUNCTION ledger_spread(uuid, bigint);
DROP FUNCTION ledger_budgets();
DROP TRIGGER funding_is_append_only ON ledger_funding;
DELETE FROM ledger_programme WHERE code = 'city';
