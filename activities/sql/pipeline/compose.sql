-- Whole rows are activities as they are.
INSERT INTO stage_activity (
    activity_id, existing, citizen_id, link_id, scenario_id, started_at, ended_at, city_day,
    distance_m, distance_basis, quantity, origin)
SELECT activity_id, false, citizen_id, link_id, scenario_id, started_at, ended_at, city_day,
    distance_m, distance_basis, quantity, place
FROM stage_row WHERE state IS NULL AND half = '';
