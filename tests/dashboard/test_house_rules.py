"""Rules for what people see, in every app: templates extend the frame, nothing inline, no untranslated text."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ["config", "accounts", "activities", "ledger", "rewards", "dashboard", "sandbox"]
TEMPLATES = [path for app in APPS for path in sorted((ROOT / app).rglob("templates/**/*.html"))]
CATALOGUES = [path for app in APPS for path in sorted((ROOT / app).rglob("locale/*/LC_MESSAGES/django.po"))]
FRAMES = {"base.html", "400.html", "500.html"}
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)", re.IGNORECASE
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_stands_in_the_frame(path):
    is_part = path.name.startswith("_") or path.suffix != ".html" or path.name in FRAMES
    of_others = any(f"/{folder}/" in str(path) for folder in ("elements", "procrastinate", "widgets"))
    assert is_part or of_others or "{% extends" in path.read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_has_nothing_inline_and_nothing_from_elsewhere(path):
    assert not INLINE.findall(path.read_text())


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_a_catalogue_is_complete(path):
    catalogue = polib.pofile(str(path))
    assert not catalogue.metadata_is_fuzzy  # such a catalogue is not compiled
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "static").rglob("*.svg")), ids=name)
def test_a_drawing_brings_nothing_in_from_elsewhere(path):
    assert not re.search(r"<script|href=[\"']http|url\(http", path.read_text())


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = (ROOT / "config" / "static" / "icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([a-z]+)"', sprite))
    named = {
        icon
        for path in TEMPLATES
        for icon in re.findall(r'{% icon "([a-z]+)" %}|icons\.svg\' %}#([a-z]+)', path.read_text())
    }
    assert {part for pair in named for part in pair if part} <= known


def test_no_two_rooms_translate_the_same_words_differently():
    """All catalogues are one at run time and the first room wins: a word that means two things needs a context."""
    said: dict[tuple[str | None, str], dict[str, str]] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            text = entry.msgstr or str(entry.msgstr_plural)
            said.setdefault((entry.msgctxt, entry.msgid), {}).setdefault(text, name(path))
    assert {words: texts for words, texts in said.items() if len(texts) > 1} == {}
