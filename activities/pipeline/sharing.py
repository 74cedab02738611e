"""Cards and phones that come to be shared: what was counted before the next account appeared is judged again."""

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from activities.integrity import instruments, shared_means
from activities.integrity.registry import RuleBook
from activities.models import SharingLook
from activities.pipeline.batch import rejudge
from config import clock

LOOK_BACK_DAYS = 30
DAYS_AT_ONCE = 200
OVERLAP = timedelta(hours=1)
"""Uses are dated by the beginning of the batch that notes them."""


def judge_shared() -> int:
    """Judge the days of a month again on which something was used that further accounts have used since the last look.

    Returns how many days. A look that did not happen or died is made up for by the next. May run twice: what is judged
    the same is left as it is.
    """
    begun_at = timezone.now()
    last = SharingLook.objects.aggregate(last=Max("until"))["last"]
    since = (last or begun_at - timedelta(days=LOOK_BACK_DAYS)) - OVERLAP
    limits = RuleBook().settings.get(shared_means.RULE.code, {})
    if not limits:
        return 0
    fewest = min(limit.max_accounts for limit in limits.values())
    first_day = clock.city_today() - timedelta(days=LOOK_BACK_DAYS)
    days = instruments.days_to_judge(since, fewest, first_day)
    for first in range(0, len(days), DAYS_AT_ONCE):
        rejudge(days[first : first + DAYS_AT_ONCE])
    SharingLook.objects.create(until=begun_at)
    return len(days)
