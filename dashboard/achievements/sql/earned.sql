-- Writes down who fulfils which rule in the month, and takes back what is no longer fulfilled in this month, which is
-- still open. A rule that is no longer active gives nothing new and takes nothing. Parameter: start: the month.
WITH due AS MATERIALIZED (
    SELECT fact.citizen_id, rule.id AS achievement_id, rule.once, rule.active
    FROM accounts_achievement AS rule
    LEFT JOIN activities_scenario AS scenario ON scenario.code = rule.scenario
    JOIN month_fact AS fact
        ON fact.scenario_id = scenario.id OR (rule.scenario = '' AND fact.scenario_id IS NULL)
    JOIN accounts_citizen AS citizen ON citizen.id = fact.citizen_id AND citizen.erased_at IS NULL
    WHERE rule.threshold <= CASE rule.measure
        WHEN 'reduction' THEN fact.reduction
        WHEN 'days' THEN fact.days
        WHEN 'scenarios' THEN fact.scenarios
        WHEN 'activities' THEN fact.activities
    END
), gone AS (
    DELETE FROM accounts_achievementearned AS earned
    WHERE earned.month = %(start)s AND NOT EXISTS (
        SELECT FROM due WHERE due.citizen_id = earned.citizen_id AND due.achievement_id = earned.achievement_id
    )
)
INSERT INTO accounts_achievementearned (citizen_id, achievement_id, month, once)
SELECT citizen_id, achievement_id, %(start)s, once FROM due WHERE active
ORDER BY citizen_id, achievement_id
ON CONFLICT DO NOTHING
