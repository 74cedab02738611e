-- The links of one citizen, live and ended, oldest first.
SELECT partner_id, linked_at, ended_at
FROM linking_link
WHERE citizen_id = %(citizen)s
ORDER BY id
