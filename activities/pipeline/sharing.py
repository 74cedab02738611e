"""Cards and devices that come to be shared: what was counted before the next account appeared is judged again."""

from datetime import datetime, timedelta

from activities.integrity import instruments, shared_means
from activities.integrity.registry import RuleBook
from activities.pipeline.batch import rejudge
from config import clock

LOOK_BACK_DAYS = 30
DAYS_AT_ONCE = 200


def judge_shared(since: datetime) -> int:
    """Judge the days of a month again that used an instrument with a further account since `since`; how many days.

    May run twice: what is judged the same is left as it is.
    """
    limits = RuleBook().settings.get(shared_means.RULE.code, {})
    if not limits:
        return 0
    fewest = min(limit.max_accounts for limit in limits.values())
    first_day = clock.city_today() - timedelta(days=LOOK_BACK_DAYS)
    days = instruments.days_to_judge(since, fewest, first_day)
    for first in range(0, len(days), DAYS_AT_ONCE):
        rejudge(days[first : first + DAYS_AT_ONCE])
    return len(days)
