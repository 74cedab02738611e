-- The temporary tables of a batch; each session makes them once.
CREATE TEMP TABLE IF NOT EXISTS stage_row (
    line bigint, event_id uuid, activity_id uuid, key uuid, subject_digest bytea, content_digest bytea,
    scenario_id bigint, half text, started_at timestamptz, ended_at timestamptz, city_day date,
    distance_m integer, distance_basis text, quantity bigint, place_digest bytea,
    citizen_id uuid, link_id uuid, state text
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS stage_activity (
    activity_id uuid, existing boolean, citizen_id uuid, link_id uuid, scenario_id bigint,
    started_at timestamptz, ended_at timestamptz, city_day date, body_until timestamptz, occupies_body boolean,
    distance_m integer, distance_basis text, quantity bigint, same_place boolean,
    verdict text, reason text, evidence jsonb
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS stage_reduction (
    activity_id uuid, reduction_id uuid, methodology_id bigint, reduction_mg bigint,
    citizen_id uuid, scenario_id bigint, city_day date, distance_m integer, carried_mg bigint, points bigint
) ON COMMIT DELETE ROWS;
TRUNCATE stage_row, stage_activity, stage_reduction;
-- A batch is small beside the tables it touches: they are probed by their indexes, whatever their statistics say
-- (which are wrong just after a table began to fill).
SET LOCAL enable_seqscan = off;
