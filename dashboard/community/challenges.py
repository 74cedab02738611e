"""Challenges: teams that reach one goal together between two days.

Sums are counted by the worker and read as they stand; seven days after the end they are counted once more and stay.
Other teams see a team's name, its number of people and its sum, and that only where it has enough people.
"""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import groups
from accounts.models import Citizen, Group, Membership
from config import clock, sql
from config.limits import HOUR_S, Limit
from config.problems import Problem
from dashboard.models import Challenge, Share, Team
from dashboard.statistics import COHORT_MIN

SQL_DIR = Path(__file__).parent / "sql"
TEAM_MIN = 3
"""Below that a sum tells each of two what the other did."""
PEOPLE_MIN = {
    Group.Kind.FRIENDS: TEAM_MIN,
    Group.Kind.TEAM: TEAM_MIN,
    Group.Kind.COMPANY: COHORT_MIN,
    Group.Kind.SCHOOL: COHORT_MIN,
}
DAYS_MAX, AHEAD_MAX, TEAMS_MAX, OPEN_MAX = 92, 60, 20, 5
GOAL_MAX_MG = 10**15
COMING = Limit("challenges", 30, HOUR_S)


class NoChallenge(Problem):
    status, code, title = 404, "no_challenge", _("There is no such challenge.")


class ChallengeUnfit(Problem):
    code, title = (
        "challenge_unfit",
        _("A challenge begins today or within 60 days, lasts at most 92 days and has a goal above zero."),
    )


class ChallengeOver(Problem):
    status, code, title = 409, "challenge_over", _("This challenge is over. Nothing of it changes any more.")


class ChallengeFull(Problem):
    status, code, title = 409, "challenge_full", _("No more can be taken in: too many teams, or too many challenges.")


@dataclass(frozen=True, slots=True)
class Result:
    """A challenge as a citizen reads it. `own_mg` is None for who was in no team when it was counted."""

    challenge: Challenge
    teams: list[Team]
    reached_mg: int
    own_mg: int | None
    own_team_ids: set[int]

    @property
    def percent(self) -> int:
        return min(100, max(0, self.reached_mg) * 100 // self.challenge.goal_mg)

    @property
    def reached(self) -> bool:
        return self.reached_mg >= self.challenge.goal_mg

    @property
    def missing_mg(self) -> int:
        return max(0, self.challenge.goal_mg - self.reached_mg)

    @property
    def own_percent(self) -> int:
        """The citizen's part of what all have reached."""
        return max(0, self.own_mg or 0) * 100 // self.reached_mg if self.reached_mg > 0 else 0

    @property
    def days_left(self) -> int:
        return max(0, (self.challenge.ends_on - clock.city_today()).days + 1)


def found(own: Membership, name: str, starts_on: date, ends_on: date, goal_mg: int) -> Challenge:
    """A new challenge, the group its first team. Raises NotAllowed, ChallengeUnfit, ChallengeFull, of names."""
    groups.require_manager(own)
    COMING.count(own.citizen_id)
    today = clock.city_today()
    if not (
        today <= starts_on <= today + timedelta(days=AHEAD_MAX)
        and starts_on <= ends_on < starts_on + timedelta(days=DAYS_MAX)
        and 0 < goal_mg <= GOAL_MAX_MG
    ):
        raise ChallengeUnfit
    values = {"name": groups.clean_name(name), "starts_on": starts_on, "ends_on": ends_on, "goal_mg": goal_mg}
    with transaction.atomic():
        challenge = Challenge.objects.create(code=_code(), **values)
        _enter(own, challenge)
    return challenge


def enter(own: Membership, code: str) -> Challenge:
    """Bring the group in by the code of another team. Safe to repeat. Raises NotAllowed or what is wrong with it."""
    groups.require_manager(own)
    COMING.count(own.citizen_id)
    with transaction.atomic():
        challenge = _open(Q(code=code.strip().upper()))
        _enter(own, challenge)
    return challenge


def withdraw(own: Membership, challenge_id: UUID) -> None:
    """Take the group out before the last day is over; without teams a challenge ends. NoChallenge, NotAllowed."""
    groups.require_manager(own)
    with transaction.atomic():
        challenge = _open(Q(pk=challenge_id))
        if not challenge.teams.filter(group_id=own.group_id).delete()[0]:
            raise NoChallenge
        if challenge.teams.exists():
            count(challenge.pk)
        else:
            challenge.delete()


def _open(which: Q) -> Challenge:
    """A challenge that has not ended, locked."""
    challenge = Challenge.objects.select_for_update().filter(which).first()
    if challenge is None:
        raise NoChallenge
    if challenge.ends_on < clock.city_today():
        raise ChallengeOver
    return challenge


def _enter(own: Membership, challenge: Challenge) -> None:
    Group.objects.select_for_update().get(pk=own.group_id)
    if challenge.teams.filter(group_id=own.group_id).exists():
        return
    running = Challenge.objects.filter(teams__group_id=own.group_id, ends_on__gte=clock.city_today())
    if challenge.teams.count() >= TEAMS_MAX or running.count() >= OPEN_MAX:
        raise ChallengeFull
    Team.objects.create(challenge=challenge, group_id=own.group_id, name=own.group.name)
    count(challenge.pk)


def _code() -> str:
    return "".join(secrets.choice(groups.CODE_LETTERS) for _letter in range(8))


def count_due() -> int:
    """Count every challenge that has begun and is not closed; how many."""
    due = Challenge.objects.filter(closed_at=None, starts_on__lte=clock.city_today())
    ids = list(due.values_list("pk", flat=True))
    for challenge_id in ids:
        count(challenge_id)
    return len(ids)


def count(challenge_id: UUID) -> None:
    """Write what everybody has brought; from the close date on for the last time. May run twice."""
    with transaction.atomic():
        challenge = Challenge.objects.select_for_update().filter(pk=challenge_id, closed_at=None).first()
        if challenge is None:
            return
        shares = _shares(challenge)
        Share.objects.filter(team__challenge=challenge).delete()
        Share.objects.bulk_create(shares, batch_size=5000)
        for team in challenge.teams.select_related("group"):
            _sum_up(team, [share.reduction_mg for share in shares if share.team_id == team.pk])
        challenge.counted_at = timezone.now()
        challenge.closed_at = challenge.counted_at if clock.city_today() >= challenge.closes_on else None
        challenge.save(update_fields=["counted_at", "closed_at"])


def _shares(challenge: Challenge) -> list[Share]:
    with connection.cursor() as cursor:
        wanted: dict[str, UUID | str] = {"challenge": challenge.pk, "zone": str(clock.city_zone())}
        cursor.execute(sql.read(SQL_DIR, "shares"), wanted)
        return [Share(team_id=team, citizen_id=citizen, reduction_mg=mg) for team, citizen, mg in cursor.fetchall()]


def _sum_up(team: Team, brought_mg: list[int]) -> None:
    team.people, team.reduction_mg = len(brought_mg), sum(brought_mg)
    team.shown = team.group is not None and team.people >= PEOPLE_MIN[Group.Kind(team.group.kind)]
    team.name = team.group.name if team.group else team.name
    team.save(update_fields=["people", "reduction_mg", "shown", "name"])


def of(citizen: Citizen) -> QuerySet[Challenge]:
    """Challenges of the citizen's groups, and those they brought something to, the last to end first."""
    own = Team.objects.filter(Q(group__memberships__citizen=citizen) | Q(shares__citizen_id=citizen.pk))
    return Challenge.objects.filter(pk__in=own.values("challenge_id")).order_by("-ends_on", "-pk")


def read(citizen: Citizen, challenge_id: UUID) -> Result:
    """One of them; raises NoChallenge for strangers. The one place that decides who may see it. Four queries."""
    challenge = of(citizen).filter(pk=challenge_id).first()
    if challenge is None:
        raise NoChallenge
    teams = list(challenge.teams.order_by("-shown", "-reduction_mg", "pk"))
    own = Share.objects.filter(team__challenge=challenge, citizen_id=citizen.pk).first()
    in_groups = set(Membership.objects.filter(citizen=citizen).values_list("group_id", flat=True))
    return Result(
        challenge=challenge,
        teams=teams,
        reached_mg=sum(team.reduction_mg for team in teams if team.shown),
        own_mg=own.reduction_mg if own else None,
        own_team_ids={team.pk for team in teams if team.group_id in in_groups or (own and own.team_id == team.pk)},
    )
