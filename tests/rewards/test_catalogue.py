"""The Chinese catalogues say everything."""

from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("app", ["ledger", "rewards"])
def test_every_text_is_translated(app):
    catalogue = polib.pofile(str(ROOT / app / "locale/zh_Hans/LC_MESSAGES/django.po"))
    assert len(catalogue) > 15
    assert [entry.msgid for entry in catalogue if not entry.translated() or entry.fuzzy] == []
