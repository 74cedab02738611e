DROP FUNCTION ledger_post(uuid[], uuid[], uuid[], bigint[], smallint[], uuid[]);
DROP FUNCTION ledger_post_one(uuid, uuid, uuid, bigint, smallint, uuid);
ALTER FUNCTION ledger_post_many(uuid[], uuid[], uuid[], bigint[], smallint[], uuid[]) RESET plan_cache_mode;
ALTER FUNCTION ledger_post_many(uuid[], uuid[], uuid[], bigint[], smallint[], uuid[]) RENAME TO ledger_post;
