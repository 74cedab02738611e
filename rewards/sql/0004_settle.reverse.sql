DROP FUNCTION rewards_take_drawn(uuid);
DROP TRIGGER planting_is_append_only ON rewards_planting;
DROP TRIGGER line_is_append_only ON rewards_line;
DROP TRIGGER line_before_closing ON rewards_line;
DROP FUNCTION rewards_guard_line();
DROP TRIGGER batch_is_closed ON rewards_batch;
DROP FUNCTION rewards_guard_batch();
