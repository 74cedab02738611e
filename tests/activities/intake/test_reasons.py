"""Every code with which a body or row is refused has words for the desk in both languages, and stands in the docs."""

import re
from pathlib import Path

from django.utils import translation

from activities.integrity import reasons
from activities.templatetags import intake

ROOT = Path(__file__).resolve().parents[3]
RAISED = re.compile(r"\b(?:Refused|RowError)\(\s*\"(\w+)\"|\bcode = \"(\w+)\"(?: if .+ else \"(\w+)\")?")


def raised() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "activities" / "intake").rglob("*.py"))
    return {code for source in sources for found in RAISED.findall(source) for code in found if code}


def test_every_code_has_words_in_both_languages():
    codes = raised()
    assert {"in_the_future", "too_old", "truncated_gzip", "bad_zip", "body_too_large"} <= codes
    assert codes == set(intake.REASONS)
    for code in codes:
        with translation.override("en"):
            english = intake.reason_name(code)
        with translation.override("zh-hans"):
            assert re.search(r"[\u4e00-\u9fff]", intake.reason_name(code)), code
        assert english != code


def test_every_code_is_documented():
    page = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
    assert [code for code in sorted(raised()) if f"`{code}`" not in page] == []


def test_every_reason_of_a_rule_has_words_in_both_languages():
    for code in reasons.codes():
        with translation.override("zh-hans"):
            assert re.search(r"[\u4e00-\u9fff]", reasons.describe(code)), code
