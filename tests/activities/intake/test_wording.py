"""What was wrong is read at the desk in the reader's language, also where it holds what stood in the file."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

from activities.intake import wording

INTAKE = Path(__file__).resolve().parents[3] / "activities" / "intake"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("a value is needed", "此处不能为空"),
        ("'约2' is not a number", "“约2”不是数字"),
        ("'1,5' is not a number; is it `decimal: \",\"`?", '“1,5”不是数字；是否应为 `decimal: ","`？'),
        (
            "'约2' is not a number; `replace: {'约': \"\"}` would take '约' away",
            "“约2”不是数字；`replace: {'约': \"\"}` 可去掉“约”",
        ),
        (
            "'2026/8/1 7:05' is not a time like iso; is it `%Y/%m/%d %H:%M`?",
            "“2026/8/1 7:05”不是时间，应形如 iso；是否应为 `%Y/%m/%d %H:%M`？",
        ),
        ("3 numbers; 24, 48, 96 or 1440 are needed, from midnight on", "有 3 个数；应从零点起有 24、48、96 或 1440 个"),
        ("'拼车' is not in the feed's map; there are: 单车, 地铁", "映射中没有“拼车”；已有：单车, 地铁"),
        ("a.zip / b.csv: 5 cells, 3 expected", "a.zip / b.csv: 有 5 格，应为 3 格"),
        (
            "七月.csv: column '用户' is missing; did you mean '用户号'? there are: 用户号",
            "七月.csv: 缺少列“用户”；是否指“用户号”？已有：用户号",
        ),
        ("the trip has no end", "the trip has no end"),  # a sentence of the format's own
        ("", ""),
    ],
)
def test_a_detail_in_chinese(detail, said):
    with translation.override("zh-hans"):
        assert wording.say(detail) == said
    with translation.override("en"):
        assert wording.say(detail) == detail


def raised() -> list[str]:
    """Every detail of a RowError that is written where it is raised, with something for what it holds."""
    found = []
    for path in INTAKE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RowError" and len(node.args) == 3:
                detail = node.args[2]
                if isinstance(detail, ast.JoinedStr | ast.Constant):
                    found.append(_fill(detail))
    return found


def _fill(detail: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(detail, ast.Constant):
        return detail.value
    return "".join(piece.value if isinstance(piece, ast.Constant) else _stand_in(piece) for piece in detail.values)


def _stand_in(piece: ast.FormattedValue) -> str:
    text = ast.unparse(piece.value)
    if text.startswith("len("):
        return "7"
    return "" if text.startswith("_guess") or text == "hint" else "a list" if text == "kind" else "'x'"


def test_every_sentence_of_a_row_has_its_words():
    details = raised()
    assert len(details) > 40
    with translation.override("zh-hans"):
        assert [detail for detail in details if not CHINESE.search(wording.say(detail))] == []
