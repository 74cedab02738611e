"""Every text that code and templates hand to gettext is in a catalogue; a missing one would be shown in English."""

import io
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
APPS = ["config", "accounts", "activities", "ledger", "rewards", "dashboard", "sandbox"]
ONE, TWO = None, (1, 2)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), ONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), TWO),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


def texts(path: Path) -> Iterator[tuple[str | None, str]]:
    """Context and text. A template is made Python first, as makemessages does."""
    source = path.read_text()
    if path.suffix != ".py":
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    for _line, found, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        yield context, found if isinstance(found, str) else found[0]


def sources(app: str) -> list[Path]:
    templates = [path for path in (ROOT / app).rglob("templates/**/*.*") if path.suffix in {".html", ".txt", ".js"}]
    return sorted([*(ROOT / app).rglob("*.py"), *templates])


@pytest.fixture(scope="module")
def translated() -> set[tuple[str | None, str]]:
    """Of all rooms: they are one catalogue at run time."""
    catalogues = [path for app in APPS for path in (ROOT / app).rglob("locale/zh_Hans/LC_MESSAGES/django.po")]
    return {
        (entry.msgctxt, entry.msgid) for path in catalogues for entry in polib.pofile(str(path)) if not entry.obsolete
    }


@pytest.mark.parametrize("app", APPS)
def test_no_text_is_missing_from_the_catalogues(app, translated):
    wanted = {(words, str(path.relative_to(ROOT))) for path in sources(app) for words in texts(path)}
    assert len(wanted) > 5
    assert sorted(f"{path}: {text}" for (context, text), path in wanted if (context, text) not in translated) == []


def test_a_text_is_found_in_code_and_in_templates(tmp_path):
    code, template = tmp_path / "code.py", tmp_path / "page.html"
    code.write_text(
        'a = _("one")\nb = pgettext("unit", "two")\nc = ngettext("%(n)d thing", "%(n)d things", 2)\nd = _(a)\n'
    )
    template.write_text(
        '{% translate "one" %}{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}'
    )
    assert list(texts(code)) == [(None, "one"), ("unit", "two"), (None, "%(n)d thing")]
    assert list(texts(template)) == [(None, "one"), (None, "%(n)s day")]
