-- Of which kinds there are rows beside one activity: findings, bonuses, an appeal, decisions, questions.
SELECT
    EXISTS (SELECT FROM activities_finding WHERE citizen_id = %(citizen)s AND activity_id = %(activity)s),
    EXISTS (SELECT FROM activities_campaignaward WHERE citizen_id = %(citizen)s AND activity_id = %(activity)s),
    EXISTS (SELECT FROM activities_appeal WHERE citizen_id = %(citizen)s AND activity_id = %(activity)s),
    EXISTS (SELECT FROM activities_decision WHERE citizen_id = %(citizen)s AND activity_id = %(activity)s),
    EXISTS (SELECT FROM activities_question WHERE citizen_id = %(citizen)s AND activity_id = %(activity)s)
