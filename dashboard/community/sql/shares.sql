-- Parameters: challenge, zone. What each person has brought; who is in two of the teams counts for the one joined first.
-- Somebody's days count from the one they joined their team on.
SELECT people.team_id, people.citizen_id, coalesce(sum(total.reduction_mg), 0)::bigint
FROM (
    SELECT DISTINCT ON (membership.citizen_id)
        team.id AS team_id,
        membership.citizen_id,
        greatest(challenge.starts_on, (membership.joined_at AT TIME ZONE %(zone)s)::date) AS first_day,
        challenge.ends_on AS last_day
    FROM dashboard_challenge AS challenge
    JOIN dashboard_team AS team ON team.challenge_id = challenge.id
    JOIN accounts_membership AS membership ON membership.group_id = team.group_id
    JOIN accounts_citizen AS citizen ON citizen.id = membership.citizen_id
    WHERE challenge.id = %(challenge)s AND citizen.erased_at IS NULL AND citizen.suspended_at IS NULL
    ORDER BY membership.citizen_id, membership.joined_at, membership.id
) AS people
LEFT JOIN activities_dailytotal AS total
    ON total.citizen_id = people.citizen_id AND total.city_day BETWEEN people.first_day AND people.last_day
GROUP BY people.team_id, people.citizen_id
