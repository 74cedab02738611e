-- An event is known by (partner, external id). Known with the same content: a duplicate; with other content: changed.
WITH known AS (
    SELECT r.event_id, CASE WHEN e.content_digest = r.content_digest THEN 'duplicate' ELSE 'changed' END AS state
    FROM stage_row r JOIN activities_event e ON e.citizen_id = r.citizen_id AND e.key = r.key
    WHERE r.state IS NULL
), repeated AS (
    SELECT event_id, CASE WHEN content_digest = first_content THEN 'duplicate' ELSE 'changed' END AS state
    FROM (
        SELECT event_id, content_digest,
            first_value(content_digest) OVER same AS first_content, row_number() OVER same AS occurrence
        FROM stage_row WHERE state IS NULL WINDOW same AS (PARTITION BY citizen_id, key ORDER BY line)
    ) AS counted WHERE occurrence > 1
)
UPDATE stage_row r SET state = found.state
FROM (SELECT * FROM known UNION SELECT * FROM repeated WHERE event_id NOT IN (SELECT event_id FROM known)) AS found
WHERE r.event_id = found.event_id;
