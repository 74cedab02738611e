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
            (redemption.citizen_id, redemption.points::bigint, redemption.expires_at, CASE redemption.state
                WHEN 'reserved' THEN 'placed' WHEN 'confirmed' THEN 'settled' ELSE 'released' END)""",
    "redemptions_are_at_their_offers_merchant": """
        SELECT count(*) FROM rewards_redemption redemption JOIN rewards_offer offer ON offer.id = redemption.offer_id
        WHERE redemption.merchant_id <> offer.merchant_id""",
    # What was redeemed, whatever is settled later: what a merchant was given is what its vouchers were worth.
    "merchants_earned_their_confirmed_points": """
        SELECT count(*) FROM rewards_merchant merchant
        WHERE (SELECT coalesce(sum(points), 0) FROM rewards_redemption
                WHERE merchant_id = merchant.id AND state = 'confirmed')
           <> (SELECT coalesce(sum(transfer.amount), 0) FROM ledger_account account
                JOIN ledger_transfer transfer ON transfer.credit_account_id = account.id AND transfer.code = 21
                WHERE account.holder = merchant.id AND account.code = 300)""",
    "points_were_paid_to_merchants_only": """
        SELECT count(*) FROM ledger_account account
        WHERE code = 300 AND NOT EXISTS (SELECT FROM rewards_merchant merchant WHERE merchant.id = account.holder)""",
}


def run() -> dict[str, int]:
    """The number of breaches of each invariant."""
    return count_breaches(CHECKS)
