"""The rules in the order in which they judge; the first to find something decides."""

from django.db.backends.utils import CursorWrapper

from activities.integrity import daily_cap, duration, overlap, same_place, speed
from activities.integrity.rule import Rule

RULES: tuple[Rule, ...] = (
    same_place.RULE,
    duration.TOO_SHORT,
    speed.RULE,
    duration.TOO_LONG,
    overlap.RULE,
    daily_cap.RULE,
)

_JUDGE = """
    UPDATE stage_activity SET verdict = %s, reason = %s, evidence = broken.evidence
    FROM ({sql}) AS broken (activity_id, evidence)
    WHERE stage_activity.activity_id = broken.activity_id AND stage_activity.verdict IS NULL"""


def judge(cursor: CursorWrapper) -> None:
    """Decide against the staged activities that break a rule; the others stay undecided, that is accepted."""
    for rule in RULES:
        statement = _JUDGE.replace("{sql}", rule.sql.replace("%", "%%"))
        cursor.execute(statement, [rule.verdict, rule.code])
        while rule.repeat and cursor.rowcount:
            cursor.execute(statement, [rule.verdict, rule.code])
