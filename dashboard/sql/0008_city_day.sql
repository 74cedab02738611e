-- A day's sum moves only with ten people more: a smaller step would show what single people did.
CREATE FUNCTION dashboard_refuse_small_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.citizens < OLD.citizens + 10 THEN
        RAISE EXCEPTION 'a day of the city moves with ten people or more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'city_day_moves_by_ten';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER city_day_moves_by_ten BEFORE UPDATE ON dashboard_cityday
    FOR EACH ROW EXECUTE FUNCTION dashboard_refuse_small_step();
