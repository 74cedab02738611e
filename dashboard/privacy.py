"""What this room holds of a person: notices and how they are told, places on boards, levels."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from accounts.models import AchievementEarned, Standing
from dashboard.models import Share
from dashboard.notifications import inbox, kinds, sources, wishes
from dashboard.notifications.models import Manner, Notice, Subscription, Wish
from dashboard.ranks import boards


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    yield (
        "notices",
        (
            {
                "title": kinds.words(notice.kind, notice.facts).title,
                "created_at": notice.created_at,
                "read_at": notice.read_at,
            }
            for notice in inbox.of(citizen_id).iterator()
        ),
    )
    own = Standing.objects.filter(citizen_id=citizen_id).select_related("level").order_by("month")
    yield (
        "levels",
        ({"month": one.month, "level": one.level_id, "reduction_mg": one.reduction_mg} for one in own.iterator()),
    )
    earned = AchievementEarned.objects.filter(citizen_id=citizen_id).select_related("achievement").order_by("id")
    yield "achievements", ({"month": one.month, "achievement": one.achievement.code} for one in earned.iterator())
    wanted = wishes.wanted(citizen_id)
    yield "notice_wishes", ({"kind": kind, "channel": by, "wanted": yes} for (kind, by), yes in wanted.items())
    manner = wishes.manner(citizen_id)
    yield "quiet_hours", [{"from": manner.quiet_from, "to": manner.quiet_to}]
    pushes = Subscription.objects.filter(citizen_id=citizen_id)
    yield "push_devices", ({"since": one.created_at} for one in pushes)
    shares = Share.objects.filter(citizen_id=citizen_id).select_related("team__challenge")
    yield (
        "challenges",
        (
            {"challenge": one.team.challenge.name, "team": one.team.name, "reduction_mg": one.reduction_mg}
            for one in shares
        ),
    )


def erase(citizen_id: UUID) -> None:
    boards.forget(citizen_id)
    Notice.objects.filter(
        key__startswith=f"{sources.JOINED}{citizen_id}:"
    ).delete()  # told to others, with the nickname
    for model in (Notice, Wish, Manner, Subscription, Standing, AchievementEarned, Share):
        model._default_manager.filter(citizen_id=citizen_id).delete()
