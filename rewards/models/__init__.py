"""What points are traded for: merchants and their people, offers, redemptions, and what merchants are paid."""

from rewards.models.donations import Handover
from rewards.models.keys import SigningKey
from rewards.models.lotteries import Lottery
from rewards.models.merchants import Member, Merchant
from rewards.models.offers import Offer, OfferStep, Taken
from rewards.models.redemptions import Redemption, Step, Tries
from rewards.models.settlements import Batch, Contract, Dispute, Line, Payment, PaymentFile
from rewards.models.trees import Planting

__all__ = [
    "Batch",
    "Contract",
    "Dispute",
    "Handover",
    "Line",
    "Lottery",
    "Member",
    "Merchant",
    "Offer",
    "OfferStep",
    "Payment",
    "PaymentFile",
    "Planting",
    "Redemption",
    "SigningKey",
    "Step",
    "Taken",
    "Tries",
]
