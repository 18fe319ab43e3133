"""Names, however they are spelled."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.records.index.text import LONGEST, folded, parts, prefixes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MUELLER"),
        ("Müller", unicodedata.normalize("NFD", "Müller")),
        ("Weiß", "weiss"),
        ("WEIẞ", "weiss"),
        ("Çelik", "celik"),
        ("Brandt-Siemer", "brandt  siemer"),
        ("O’Brien", "o'brien"),
        ("Søren Åse", "soeren ase"),
        ("Straße 5a", "STRASSE 5A"),
        ("Ⅳ", "iv"),
        ("Ольга", "ОЛЬГА"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_other_names_stay_others() -> None:
    assert folded("Müller") != folded("Muller")
    assert folded("Brandt") != folded("Brand")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_prefixes_begin_with_three_letters() -> None:
    assert prefixes("brandt") == ["bra", "bran", "brand", "brandt"]
    assert prefixes("li") == []
    assert len(prefixes("x" * 100)[-1]) == LONGEST


def test_codes_of_two_letters_have_shorter_prefixes() -> None:
    assert prefixes("de", 1) == ["d", "de"]


def test_a_name_of_several_words_has_as_many_parts() -> None:
    assert parts("von der heide") == ["von der heide", "der heide", "heide"]
    assert parts("") == []
