-- Claims what is due by a channel, the oldest first, with everything else that waits for the same citizens; the ids.
-- Parameters: channel, now, expired (when a claim that ends now has begun), rows. A citizen who is just being told
-- something waits. Who claims must be the only one: of two, each would take a part of the same citizen's.
-- The count and the array hold the planner to the indexes: it knows nothing of a table that is empty an hour before a
-- million are due, and an anti-join without an index compares each with each.
UPDATE notifications_dispatch SET claimed_at = %(now)s, attempts = attempts + 1
WHERE channel = %(channel)s AND closed_at IS NULL AND citizen_id = ANY(ARRAY(
    SELECT one.citizen_id
    FROM notifications_dispatch AS one
    WHERE one.channel = %(channel)s AND one.closed_at IS NULL AND one.due_at <= %(now)s
        AND (
            SELECT count(*) FROM notifications_dispatch AS other
            WHERE other.citizen_id = one.citizen_id AND other.channel = one.channel AND other.closed_at IS NULL
                AND other.claimed_at >= %(expired)s
        ) = 0
    ORDER BY one.due_at
    LIMIT %(rows)s
))
RETURNING id
