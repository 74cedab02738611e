"""Every page that people see, by name: for pictures of it, for what it costs, and for who does not see or point."""

from accounts.linking.models import Link
from accounts.models import Membership, Partner, User
from activities.models import Activity
from dashboard.models import Team
from rewards import offers, redemption
from rewards.models import Lottery, Member

PUBLIC = {
    "welcome": "/",
    "city": "/city/",
    "sign-in": "/accounts/login/",
    "sign-in-password": "/accounts/login/password/",
    "sign-up": "/accounts/signup/",
    "display": "/display/",
    "offline": "/offline/",
    "not-found": "/nowhere/",
}
OWN = {
    "home": "/home/",
    "history": "/history/",
    "history-compared": "/history/?by=week&compare=before",
    "history-year": "/history/?by=month&compare=year",
    "links": "/links/",
    "rewards": "/rewards/",
    "vouchers": "/vouchers/",
    "ranks": "/ranks/",
    "groups": "/groups/",
    "challenges": "/challenges/",
    "achievements": "/achievements/",
    "notices": "/notices/",
    "notice-settings": "/notices/settings/",
    "me": "/me/",
    "privacy": "/accounts/privacy/",
    "leave": "/accounts/privacy/delete/",
    "email": "/accounts/email/",
    "phone": "/accounts/phone/change/",
    "second-step": "/accounts/2fa/",
    "second-step-app": "/accounts/2fa/totp/activate/",
    "sessions": "/accounts/sessions/",
    "sign-out": "/accounts/logout/",
}
"""What everybody has, also who is new and finds them empty."""
MERCHANT = {
    "till": "/merchant/",
    "merchant-offers": "/merchant/offers/",
    "merchant-proposal": "/merchant/offers/propose/",
    "merchant-people": "/merchant/people/",
    "merchant-statement": "/merchant/statement/",
}


def of(user: User) -> dict[str, str]:
    """The pages of somebody, those of what they have among them."""
    merchant = MERCHANT if Member.objects.filter(user=user).exists() else {}
    return OWN | _entries(user) | _sources(user) | _rewards(user) | _teams(user) | merchant


def _entries(user: User) -> dict[str, str]:
    mine = Activity.objects.filter(citizen_id=user.citizen.pk).order_by("-started_at")
    names = {"entry": "accepted", "entry-held": "held", "entry-refused": "rejected"}
    found = {name: mine.filter(status=status).first() for name, status in names.items()}
    return {name: f"/activities/{activity.pk}/" for name, activity in found.items() if activity}


def _sources(user: User) -> dict[str, str]:
    """One to connect and one to disconnect."""
    partner = Partner.objects.filter(active=True).exclude(issuer_url="").order_by("code").last()
    link = Link.objects.filter(citizen=user.citizen, ended_at=None).select_related("partner").first()
    return ({"connect": f"/links/{partner.code}/"} if partner else {}) | (
        {"disconnect": f"/links/{link.partner.code}/end/"} if link else {}
    )


def _rewards(user: User) -> dict[str, str]:
    """An offer, a draw, and one voucher in each state."""
    seen = offers.published(user.citizen)
    offer, lottery = seen.first(), Lottery.objects.filter(offer__in=seen).first()
    vouchers = {f"voucher-{each.state}": f"/vouchers/{each.pk}/" for each in redemption.of_citizen(user.citizen)}
    return (
        ({"offer": f"/rewards/{offer.pk}/"} if offer else {})
        | ({"draw": f"/rewards/{lottery.offer_id}/draw/"} if lottery else {})
        | vouchers
    )


def _teams(user: User) -> dict[str, str]:
    """A group, its board, and a challenge of it."""
    own = Membership.objects.filter(citizen=user.citizen).order_by("id").first()
    team = Team.objects.filter(group__memberships__citizen=user.citizen).first()
    group = {"group": f"/groups/{own.group_id}/", "ranks-group": f"/ranks/?scope={own.group_id}"} if own else {}
    return group | ({"challenge": f"/challenges/{team.challenge_id}/"} if team else {})
