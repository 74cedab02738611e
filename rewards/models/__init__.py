"""What points are traded for: merchants and their people, offers, redemptions."""

from rewards.models.keys import SigningKey
from rewards.models.merchants import Member, Merchant
from rewards.models.offers import Offer, OfferStep, Taken
from rewards.models.redemptions import Redemption, Step

__all__ = ["Member", "Merchant", "Offer", "OfferStep", "Redemption", "SigningKey", "Step", "Taken"]
