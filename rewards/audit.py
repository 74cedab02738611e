"""What stock, redemptions and the ledger say about each other, counted by one query each: 0 means that it holds."""

from ledger.audit import count_breaches

CHECKS = {
    "stock_taken_equals_redemptions": """
        SELECT count(*) FROM rewards_offer offer
        WHERE stock_total - stock_left <> (
            SELECT count(*) FROM rewards_redemption
            WHERE offer_id = offer.id AND state IN ('reserved', 'confirmed'))""",
    "redemptions_have_their_holds": """
        SELECT count(*) FROM rewards_redemption redemption
        LEFT JOIN ledger_hold hold ON hold.id = redemption.id
        WHERE (hold.holder, hold.amount, hold.expires_at, hold.state) IS DISTINCT FROM
            (redemption.citizen_id, redemption.points::bigint, redemption.expires_at, CASE
                WHEN redemption.state IN ('entered', 'reserved') THEN 'placed'
                WHEN redemption.state IN ('confirmed', 'refunded') THEN 'settled' ELSE 'released' END)""",
    "days_and_districts_are_counted": """
        SELECT count(*) FROM rewards_taken taken
        WHERE count <> (
            SELECT count(*) FROM rewards_redemption redemption
            WHERE offer_id = taken.offer_id AND state IN ('reserved', 'confirmed')
              AND taken.scope IN ('day:' || city_day, 'district:' || district_id))""",
    "redemptions_end_where_their_steps_do": """
        SELECT count(*) FROM rewards_redemption redemption
        WHERE state IS DISTINCT FROM (
            SELECT state FROM rewards_step WHERE redemption_id = redemption.id ORDER BY id DESC LIMIT 1)""",
    "redemptions_are_at_their_offers_merchant": """
        SELECT count(*) FROM rewards_redemption redemption JOIN rewards_offer offer ON offer.id = redemption.offer_id
        WHERE redemption.merchant_id <> offer.merchant_id""",
    # What was redeemed, whatever is settled later: what a merchant was given is what its vouchers were worth.
    "merchants_earned_their_confirmed_points": """
        SELECT count(*) FROM rewards_merchant merchant
        WHERE (SELECT coalesce(sum(points), 0) FROM rewards_redemption
                WHERE merchant_id = merchant.id AND state = 'confirmed')
           <> (SELECT coalesce(sum(CASE transfer.code WHEN 21 THEN amount ELSE -amount END), 0)
                FROM ledger_account account JOIN ledger_transfer transfer
                  ON transfer.credit_account_id = account.id AND transfer.code = 21
                  OR transfer.debit_account_id = account.id AND transfer.code = 23
                WHERE account.holder = merchant.id AND account.code = 300)""",
    # A settlement moves the points of its lines from the merchant's account to what is settled, once, or back.
    "settlements_moved_the_points_of_their_lines": """
        SELECT count(*) FROM rewards_batch batch
        WHERE closed AND ((points, payable_fen, fee_fen) <> (
                SELECT coalesce(sum(points), 0), coalesce(sum(payable_fen), 0), coalesce(sum(fee_fen), 0)
                FROM rewards_line WHERE batch_id = batch.id)
            OR points <> coalesce((
                SELECT sum(CASE account.code WHEN 300 THEN amount ELSE -amount END)
                FROM ledger_transfer transfer JOIN ledger_account account ON account.id = transfer.debit_account_id
                WHERE transfer.id = batch.id AND transfer.code = 50), 0))""",
    "points_were_paid_to_merchants_only": """
        SELECT count(*) FROM ledger_account account
        WHERE code = 300 AND NOT EXISTS (SELECT FROM rewards_merchant merchant WHERE merchant.id = account.holder)""",
}


def run() -> dict[str, int]:
    """The number of breaches of each invariant."""
    return count_breaches(CHECKS)
