from __future__ import annotations

import pytest

from patients.vault import Unreadable, mac, opened_token, same, sealed_token

pytestmark = pytest.mark.django_db
CURSOR = {"at": "2026-11-22T09:00:00Z", "pk": 42, "name": "Brandt"}


def test_a_token_gives_back_what_went_in_and_shows_nothing_of_it() -> None:
    token = sealed_token("cursor", CURSOR)
    assert opened_token("cursor", token) == CURSOR
    assert "Brandt" not in token
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert sealed_token("cursor", CURSOR) != token


def test_a_token_is_of_no_use_for_another_purpose() -> None:
    with pytest.raises(Unreadable):
        opened_token("cookie", sealed_token("cursor", CURSOR))


def test_a_changed_token_is_refused() -> None:
    token = sealed_token("cursor", CURSOR)
    for at in range(0, len(token) - 1, 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(Unreadable):
            opened_token("cursor", changed)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "A" * 200, "!!!!", "ä", "a b", "A" * 17 + "="])
def test_what_was_not_made_here_is_refused(token: str) -> None:
    with pytest.raises(Unreadable):
        opened_token("cursor", token)


def test_a_token_with_an_end_is_over_after_it() -> None:
    assert opened_token("link", sealed_token("link", CURSOR, seconds=60)) == CURSOR
    with pytest.raises(Unreadable, match="over"):
        opened_token("link", sealed_token("link", CURSOR, seconds=-1))


def test_codes_differ_by_purpose_and_data() -> None:
    assert mac("a", "x") == mac("a", b"x")
    assert len({mac("a", "x"), mac("b", "x"), mac("a", "y")}) == 3
    assert len(mac("a", "")) == 32


def test_same_compares_texts_and_bytes() -> None:
    assert same("ä", "ä")
    assert same(b"a", "a")
    assert not same("a", "b")
    assert not same("a", "aa")
