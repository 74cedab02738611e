DROP TRIGGER city_day_moves_by_ten ON dashboard_cityday;

DROP FUNCTION dashboard_refuse_small_step();
