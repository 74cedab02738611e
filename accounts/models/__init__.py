"""Who a citizen is, who the partners are, and what a citizen agreed to."""

from accounts.models.groups import Group, Invite, Membership
from accounts.models.levels import Achievement, AchievementEarned, Icon, Level, Standing
from accounts.models.partners import Consent, ConsentText, Partner
from accounts.models.people import Bilingual, BlockedWord, Citizen, District, User
from accounts.models.privacy import Departure, Export

__all__ = [
    "Achievement",
    "AchievementEarned",
    "Bilingual",
    "BlockedWord",
    "Citizen",
    "Consent",
    "ConsentText",
    "Departure",
    "District",
    "Export",
    "Group",
    "Icon",
    "Invite",
    "Level",
    "Membership",
    "Partner",
    "Standing",
    "User",
]
