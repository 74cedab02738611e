-- Why nothing could be taken of an offer; what was never published does not exist for citizens.
CREATE OR REPLACE FUNCTION rewards_why_closed(p_offer uuid, p_now timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE
            WHEN NOT merchant.active THEN 'merchant_suspended'
            WHEN offer.state = 'paused' THEN 'offer_paused'
            WHEN offer.state = 'ended' OR offer.ends_at <= p_now THEN 'offer_over'
            WHEN offer.starts_at > p_now THEN 'offer_not_begun'
            ELSE 'sold_out' END
        FROM rewards_offer offer JOIN rewards_merchant merchant ON merchant.id = offer.merchant_id
        WHERE offer.id = p_offer AND offer.state NOT IN ('draft', 'proposed', 'returned')), 'offer_unknown')
$$;
