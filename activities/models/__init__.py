"""What happened and what it is worth: scenarios, methodologies, feeds, deliveries, activities, reductions.

Units: distances in metres (m), durations in seconds (s), money in fen, reductions in milligrams of CO2e
(mg), points whole. Large tables carry `citizen_id` and no constraint that crosses citizens, so that they
can be distributed by it.
"""

from activities.models.activities import Activity, Cancellation, DetailHorizon, Event, Finding, Instrument, SharingLook
from activities.models.campaigns import Campaign, CampaignAward, Pace
from activities.models.deliveries import (
    Contract,
    Delivery,
    DeliveryChunk,
    Evidence,
    Feed,
    PullState,
    QuarantinedRow,
    Supervision,
)
from activities.models.methodologies import UNITS, Factor, Methodology, MethodologyStep, Replay, Restatement
from activities.models.reductions import Claim, DailyTotal, Reduction, ReductionQuerySet, Tally
from activities.models.review import Appeal, Decision, HeldActivity, Question
from activities.models.scenarios import PointsRate, RuleSetting, Scenario

__all__ = [
    "UNITS",
    "Activity",
    "Appeal",
    "Campaign",
    "CampaignAward",
    "Cancellation",
    "Claim",
    "Contract",
    "DailyTotal",
    "Decision",
    "Delivery",
    "DeliveryChunk",
    "DetailHorizon",
    "Event",
    "Evidence",
    "Factor",
    "Feed",
    "Finding",
    "HeldActivity",
    "Instrument",
    "Methodology",
    "MethodologyStep",
    "Pace",
    "PointsRate",
    "PullState",
    "QuarantinedRow",
    "Question",
    "Reduction",
    "ReductionQuerySet",
    "Replay",
    "Restatement",
    "RuleSetting",
    "Scenario",
    "SharingLook",
    "Supervision",
    "Tally",
]
