-- One citizen's level and reduction of two months.
SELECT month, level_id, reduction_mg
FROM accounts_standing
WHERE citizen_id = %(citizen)s AND month IN (%(month)s, %(last_month)s)
