from __future__ import annotations

import base64
import os
import stat
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from patients import vault
from patients.vault import Locked, Unreadable, master
from patients.vault.master import Master, NoKey


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


def given(path: Path, text: str, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    master.forget()


def test_the_key_file_is_made_readable_by_its_owner_only(key_file: Path) -> None:
    before = os.umask(0)
    try:
        made = master.create_key_file()
    finally:
        os.umask(before)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert len(base64.b64decode(key_file.read_text())) == 32
    assert master.ring(again=True).first.name == made.first.name
    assert list(key_file.parent.iterdir()) == [key_file]


def test_of_two_processes_that_make_it_the_first_one_counts(key_file: Path) -> None:
    given(key_file, key("a"))
    assert master.create_key_file().first.name == Master(b"a" * 32).name


def test_a_missing_key_is_told_with_what_to_do(key_file: Path) -> None:
    with pytest.raises(NoKey, match="bring the key file back"):
        master.ring()


@pytest.mark.parametrize("inside", ["master.key", "deep/er/master.key", "../data/master.key"])
def test_the_key_file_never_lies_among_the_data(key_file: Path, settings: Settings, inside: str) -> None:
    settings.KEY_FILE = settings.DATA / inside
    for attempt in (master.ring, master.create_key_file):
        with pytest.raises(Locked, match="inside the data folder"):
            attempt()
    assert not list(settings.DATA.rglob("*.key"))


def test_nor_behind_a_link_into_the_data(key_file: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(settings.DATA, target_is_directory=True)
    settings.KEY_FILE = tmp_path / "link" / "master.key"
    with pytest.raises(Locked, match="inside the data folder"):
        master.create_key_file()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o620, 0o601, 0o777])
def test_a_key_that_others_can_reach_is_refused(key_file: Path, mode: int) -> None:
    given(key_file, key("a"), mode)
    with pytest.raises(Locked, match="chmod 600"):
        master.ring()


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440])
def test_a_mounted_secret_may_be_read_by_its_group(key_file: Path, mode: int) -> None:
    given(key_file, key("a"), mode)
    assert master.ring().first.name == Master(b"a" * 32).name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("not base64!", "no base64"),
        (key("a")[:-8], "base64"),
        ("YQ==", "has 1"),
    ],
)
def test_a_key_of_a_wrong_form_is_told(key_file: Path, text: str, words: str) -> None:
    given(key_file, text)
    with pytest.raises(Locked, match=words):
        master.ring()


def test_a_message_never_shows_the_key(key_file: Path) -> None:
    given(key_file, key("a") + "?")
    with pytest.raises(Locked) as locked:
        master.ring()
    assert key("a")[:8] not in str(locked.value)
    assert key("a") not in repr(Master(b"a" * 32))


def test_the_environment_goes_before_the_file(key_file: Path, settings: Settings) -> None:
    given(key_file, key("a"))
    settings.MASTER_KEY = f"{key('b')}, {key('a')}"
    assert [one.name for one in master.ring().masters] == [Master(b"b" * 32).name, Master(b"a" * 32).name]


def test_a_command_gives_the_key(key_file: Path, settings: Settings) -> None:
    settings.KEY_COMMAND = f"{sys.executable} -c 'print(\"{key('c')}\")'"
    assert master.ring().first.name == Master(b"c" * 32).name


@pytest.mark.parametrize("command", ["/nowhere/kms", f"{sys.executable} -c 'raise SystemExit(3)'", "'unclosed"])
def test_a_command_that_fails_is_told_without_its_output(key_file: Path, settings: Settings, command: str) -> None:
    settings.KEY_COMMAND = command
    with pytest.raises(Locked, match="gave no master key"):
        master.ring()


def test_a_command_that_hangs_or_asks_at_the_terminal_is_given_up(
    key_file: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(master, "_COMMAND_SECONDS", 1)
    settings.KEY_COMMAND = f"{sys.executable} -c 'import threading; threading.Event().wait()'"
    with pytest.raises(Locked, match="TimeoutExpired"):
        master.ring()
    settings.KEY_COMMAND = f"{sys.executable} -c 'print(input())'"
    with pytest.raises(Locked, match="gave no master key"):
        master.ring()


@pytest.mark.parametrize(("said", "words"), [("", "is empty"), ("no base64!", "no base64"), ("c2hvcnQ=", "32 bytes")])
def test_a_command_that_says_something_else_is_told_without_what_it_said(
    key_file: Path, settings: Settings, said: str, words: str
) -> None:
    settings.KEY_COMMAND = f"{sys.executable} -c 'print(\"{said}\")'"
    with pytest.raises(Locked, match=words) as told:
        master.ring()
    assert not said or said not in str(told.value)


def test_a_command_may_give_the_new_key_before_the_old_one(key_file: Path, settings: Settings) -> None:
    settings.KEY_COMMAND = f"{sys.executable} -c 'print(\"{key('d')}\\n{key('c')}\")'"
    assert [one.name for one in master.ring().masters] == [Master(b"d" * 32).name, Master(b"c" * 32).name]


def test_two_providers_at_once_are_refused(key_file: Path, settings: Settings) -> None:
    settings.MASTER_KEY, settings.KEY_COMMAND = key("a"), "kms"
    with pytest.raises(Locked, match="both set"):
        master.ring()


def test_a_wrapped_key_opens_only_under_its_label_and_unchanged() -> None:
    one = Master(b"a" * 32)
    wrapped = one.wrap(b"k" * 32, "here")
    assert one.unwrap(wrapped, "here") == b"k" * 32
    with pytest.raises(Unreadable):
        one.unwrap(wrapped, "there")
    for at in range(9, len(wrapped)):
        changed = bytearray(wrapped)
        changed[at] ^= 1
        with pytest.raises(Unreadable):
            one.unwrap(bytes(changed), "here")


def test_what_any_given_key_wrapped_opens_and_a_missing_one_is_named(key_file: Path) -> None:
    wrapped = Master(b"a" * 32).wrap(b"k" * 32, "here")
    given(key_file, f"{key('b')}\n{key('a')}\n")
    assert master.unwrap(wrapped, "here") == b"k" * 32
    with pytest.raises(Unreadable):
        master.unwrap(b"", "here")
    given(key_file, key("b"))
    with pytest.raises(Locked, match=Master(b"a" * 32).name):
        master.unwrap(wrapped, "here")


def test_a_key_that_came_meanwhile_is_asked_for(key_file: Path) -> None:
    given(key_file, key("a"))
    assert master.ring().first.name == Master(b"a" * 32).name
    key_file.write_text(f"{key('b')}\n{key('a')}\n")  # another process has begun a rotation
    assert master.unwrap(Master(b"b" * 32).wrap(b"k" * 32, "here"), "here") == b"k" * 32


def test_purposes_give_unlike_secrets(key_file: Path) -> None:
    given(key_file, key("a"))
    one = Master(b"a" * 32)
    assert len({one.derive("name"), one.derive("wrap"), one.derive("django"), Master(b"b" * 32).derive("django")}) == 4
    assert vault.secret_key() == one.derive("django").hex()


def test_sessions_outlive_a_rotation_while_the_old_key_is_given(key_file: Path) -> None:
    given(key_file, f"{key('b')}\n{key('a')}\n")
    assert vault.older_secret_key() == Master(b"a" * 32).derive("django").hex()
    given(key_file, key("b"))
    assert vault.older_secret_key() not in {Master(letter * 32).derive("django").hex() for letter in (b"a", b"b")}
