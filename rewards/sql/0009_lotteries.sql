-- Whoever entered a lottery was told when it is drawn, and the points of the entry are set aside until two weeks later.
CREATE FUNCTION rewards_keep_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lottery % was published: its end stays', OLD.id USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER lottery_keeps_its_end BEFORE UPDATE ON rewards_offer FOR EACH ROW
    WHEN (OLD.allocation = 'lottery' AND OLD.state IN ('published', 'paused', 'ended')
          AND OLD.ends_at IS DISTINCT FROM NEW.ends_at)
    EXECUTE FUNCTION rewards_keep_draw();
