-- The temporary tables of a batch; each session makes them once.
CREATE TEMP TABLE IF NOT EXISTS stage_row (
    line bigint, event_id uuid, activity_id uuid, key uuid, subject_digest bytea, content_digest bytea,
    scenario_id bigint, half text, started_at timestamptz, ended_at timestamptz, city_day date,
    distance_m integer, distance_basis text, quantity bigint, place bigint,
    citizen_id uuid, link_id uuid, state text
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS stage_activity (
    activity_id uuid, existing boolean, citizen_id uuid, link_id uuid, scenario_id bigint,
    started_at timestamptz, ended_at timestamptz, city_day date, body_until timestamptz, occupies_body boolean,
    distance_m integer, distance_basis text, quantity bigint, origin bigint, destination bigint,
    verdict text, reason text, evidence jsonb
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS stage_reduction (
    activity_id uuid, methodology_id bigint, reduction_mg bigint
) ON COMMIT DELETE ROWS;
-- Whichever side of a join the planner begins with, the other is found by an index.
CREATE INDEX IF NOT EXISTS stage_row_activity ON stage_row (activity_id);
CREATE INDEX IF NOT EXISTS stage_row_citizen ON stage_row (citizen_id, key);
CREATE INDEX IF NOT EXISTS stage_row_subject ON stage_row (subject_digest);
CREATE INDEX IF NOT EXISTS stage_row_event ON stage_row (event_id);
CREATE INDEX IF NOT EXISTS stage_activity_activity ON stage_activity (activity_id);
CREATE INDEX IF NOT EXISTS stage_activity_citizen ON stage_activity (citizen_id);
CREATE INDEX IF NOT EXISTS stage_reduction_activity ON stage_reduction (activity_id);
TRUNCATE stage_row, stage_activity, stage_reduction;
-- A batch is small beside the tables it touches: they are probed by their indexes, whatever their statistics say
-- (which are wrong just after a table began to fill).
SET LOCAL enable_seqscan = off;
