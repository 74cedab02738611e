DROP TRIGGER lottery_keeps_its_end ON rewards_offer;
DROP FUNCTION rewards_keep_draw();
