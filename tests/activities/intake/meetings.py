"""Meetings with partners: what they say, what they send, and what is to be understood of it."""

from typing import Any, NamedTuple

from activities.intake import yaml_text
from tests.activities.intake.test_feeds import told


class Meeting(NamedTuple):
    """What a partner says, what it sends, how it is declared, and what is to be understood of it."""

    says: str
    declared: str
    sends: bytes
    understood: list[tuple]
    fields: tuple[str, ...] = ("external_id", "subject", "started_at", "distance_m")
    refused: dict[int, str] = {}
    """A piece of what is said of each line that is refused, as `field: detail`."""
    skipped: int = 0


def hold(understand: Any, meeting: Meeting) -> None:
    found = understand(yaml_text.load(meeting.declared), meeting.sends)
    drafts = [draft._replace(started_at=None) if draft.started_at.year == 2100 else draft for draft, _ in found.drafts]
    found.drafts = [(draft, {}) for draft in drafts]
    assert told(found, *meeting.fields) == meeting.understood
    said = {line: f"{error.field}: {error.detail}" for line, error, _row in found.refused}
    assert said.keys() == meeting.refused.keys(), said
    assert [text for line, text in meeting.refused.items() if text not in said[line]] == [], said
    assert found.skipped == meeting.skipped
