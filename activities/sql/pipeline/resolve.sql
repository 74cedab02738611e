-- Whose row is it? Only live links count, and only activities since the link may be read.
UPDATE stage_row r SET citizen_id = l.citizen_id, link_id = l.id
FROM linking_link l
WHERE l.partner_id = %(partner_id)s AND l.subject_digest = r.subject_digest
  AND l.ended_at IS NULL AND r.started_at >= l.reads_from;

UPDATE stage_row SET state = 'unlinked' WHERE citizen_id IS NULL;
-- Without statistics of the batch the planner guesses, and reads whole tables in the steps that follow.
ANALYZE stage_row;
