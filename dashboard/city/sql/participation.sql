SELECT 'accounts', count(*), NULL, NULL FROM accounts_citizen
WHERE created_at < %(end_at)s AND (erased_at IS NULL OR erased_at >= %(end_at)s)
UNION ALL
SELECT 'linked', count(DISTINCT citizen_id), NULL, NULL FROM linking_link
WHERE linked_at < %(end_at)s AND (ended_at IS NULL OR ended_at >= %(end_at)s)
