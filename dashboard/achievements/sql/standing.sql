-- Writes the level of each citizen with something in the month, where it changed. Parameter: start: the month.
INSERT INTO accounts_standing AS standing (citizen_id, month, level_id, reduction_mg, updated_at)
SELECT
    fact.citizen_id,
    %(start)s,
    (SELECT max(number) FROM accounts_level WHERE min_reduction_mg <= fact.reduction),
    fact.reduction,
    now()
FROM month_fact AS fact
JOIN accounts_citizen AS citizen ON citizen.id = fact.citizen_id AND citizen.erased_at IS NULL
WHERE fact.scenario_id IS NULL
ORDER BY fact.citizen_id
ON CONFLICT (citizen_id, month) DO UPDATE
    SET level_id = EXCLUDED.level_id, reduction_mg = EXCLUDED.reduction_mg, updated_at = EXCLUDED.updated_at
    WHERE (standing.level_id, standing.reduction_mg) IS DISTINCT FROM (EXCLUDED.level_id, EXCLUDED.reduction_mg)
