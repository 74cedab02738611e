-- Closes dispatches as sent or given up; after a mail it says when, so that the next one waits. One statement, as it
-- runs once a message. Parameters: ids, now, sent, mailed: the citizen who got a mail, or null.
WITH mailed AS (
    UPDATE notifications_manner SET mailed_at = %(now)s WHERE citizen_id = %(mailed)s
)
UPDATE notifications_dispatch SET closed_at = %(now)s, sent = %(sent)s WHERE id = ANY(%(ids)s)
