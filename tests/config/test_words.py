"""The translations: complete, with the same places for names and numbers, compiled by Python alone."""

from __future__ import annotations

import gettext
import os
import re

import polib
import pytest

from config import words

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


@pytest.mark.parametrize("source", words.sources(), ids=lambda path: "/".join(path.relative_to(words.ROOT).parts[:-4]))
def test_every_sentence_is_translated_and_keeps_its_places(source):
    for entry in polib.pofile(str(source)):
        assert not entry.fuzzy, entry.msgid
        assert entry.translated(), f"not translated: {entry.msgid}"
        pairs = [(entry.msgid, entry.msgstr)]
        if entry.msgid_plural:
            of_one, *of_many = (text for _number, text in sorted(entry.msgstr_plural.items()))
            pairs = [(entry.msgid, of_one), *((entry.msgid_plural, text) for text in of_many)]
        for english, text in pairs:
            assert set(PLACES.findall(text)) == set(PLACES.findall(english)), entry.msgid


def test_one_english_sentence_has_one_german_one():
    """Django joins all catalogues: two translations of one sentence would hide each other."""
    known: dict[tuple[str | None, str], tuple[str, str]] = {}
    for source in words.sources():
        for entry in polib.pofile(str(source)):
            text = entry.msgstr or str(sorted(entry.msgstr_plural.items()))
            place = source.relative_to(words.ROOT).parts[1]
            first = known.setdefault((entry.msgctxt, entry.msgid), (text, place))
            assert first[0] == text, f"{entry.msgid!r}: {first[1]} says {first[0]!r}, {place} says {text!r}"


def test_a_catalogue_is_compiled_when_it_is_newer_and_only_then(tmp_path, monkeypatch):
    folder = tmp_path / "config" / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Help"\nmsgstr "Hülfe"\n', "utf-8"
    )
    monkeypatch.setattr(words, "ROOT", tmp_path)
    assert words.compile_all() == 1
    with (folder / "django.mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Help") == "Hülfe"
    assert words.compile_all() == 0
    later = (folder / "django.mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert words.compile_all() == 1
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]
