"""Texts that stand in the database in Chinese and in English."""

from django.utils.translation import get_language


def reads_english() -> bool:
    return (get_language() or "").startswith("en")


def in_readers_language(chinese: str, english: str) -> str:
    """The text in the reader's language; in the other one where it was written in one only."""
    return (english or chinese) if reads_english() else (chinese or english)
