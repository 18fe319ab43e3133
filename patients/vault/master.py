"""The master key: where it comes from, and how it wraps other keys. Imports no model, so that settings can use it.

A provider gives one or several keys in base64, parted by white space or commas. All of them open; which one wraps is
written in the key table. That makes a change of the master safe at every moment: first all processes know both, then
the key table is wrapped anew (`services.rotate_master`), then the old one goes.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shlex
import subprocess
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings

from patients.errors import Unavailable

SIZE = 32
NONCE = 12
_FORMAT = b"\x01"
_NAME = 8
_COMMAND_SECONDS = 30


class Locked(Unavailable):
    """The vault cannot be opened. The text tells an operator what to do; pages say less, since it names paths."""


class NoKey(Locked):
    """No provider gives a master key."""


class Unreadable(Exception):
    """A sealed text, key or token is not what was sealed: changed, swapped, of another key, or its key is destroyed."""


class Master:
    """One master key of 32 bytes. It only wraps keys and derives secrets; no text is sealed with it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SIZE:
            raise Locked(f"A master key has {SIZE} bytes, this one has {len(secret)}. {HOW_TO_MAKE}")
        self._secret = secret
        self.name = self.derive("name")[:_NAME].hex()

    def __repr__(self) -> str:
        return f"<master {self.name}>"

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-Expand with SHA-256, RFC 5869: the secret is uniform already)."""
        return HKDFExpand(SHA256(), SIZE, b"telecare master: " + purpose.encode()).derive(self._secret)

    @cached_property
    def _wrapper(self) -> AESGCM:
        return AESGCM(self.derive("wrap"))

    def wrap(self, secret: bytes, label: str) -> bytes:
        """`secret` under this master, bound to `label`: it opens nowhere else."""
        nonce = os.urandom(NONCE)
        return _FORMAT + bytes.fromhex(self.name) + nonce + self._wrapper.encrypt(nonce, secret, label.encode())

    def unwrap(self, wrapped: bytes, label: str) -> bytes:
        """What `wrap` was given. Raises Unreadable."""
        try:
            return self._wrapper.decrypt(
                wrapped[1 + _NAME : 1 + _NAME + NONCE], wrapped[1 + _NAME + NONCE :], label.encode()
            )
        except (InvalidTag, ValueError) as problem:
            raise Unreadable(f"The wrapped key of {label} was changed or belongs elsewhere.") from problem

    @property
    def text(self) -> str:
        """As it is written to a key file."""
        return base64.b64encode(self._secret).decode()


class Ring:
    """The master keys that a provider gives, the newest first."""

    def __init__(self, masters: Sequence[Master], source: str) -> None:
        self.masters = tuple(masters)
        self.source = source

    @property
    def first(self) -> Master:
        """The newest: wraps an empty key table, and everything after a rotation."""
        return self.masters[0]

    @cached_property
    def django(self) -> tuple[str, str]:
        """Django's secret key, and the one before; asked many times in each request."""
        older = self.masters[1].derive("django") if len(self.masters) > 1 else self.first.derive("no older key")
        return self.first.derive("django").hex(), older.hex()

    def named(self, name: str) -> Master:
        """The master of that name. Raises Locked when the provider does not give it."""
        for master in self.masters:
            if master.name == name:
                return master
        raise Locked(
            f"The stored data were sealed under master key {name}, but {self.source} gives "
            f"{' and '.join(master.name for master in self.masters)}. Bring back the key that belongs to these data "
            "(your own copy of it, or the one kept with the backup plan). Without it they cannot be read by anyone."
        )


HOW_TO_MAKE = "Make one with: head -c 32 /dev/urandom | base64"

_lock = threading.Lock()
_ring: Ring | None = None


def ring(*, again: bool = False) -> Ring:
    """The master keys of this process; `again` asks the provider anew. Raises NoKey and Locked."""
    global _ring
    with _lock:
        if _ring is None or again:
            _ring = _from_provider()
        return _ring


def named(name: str) -> Master:
    """The master of that name; the provider is asked anew when it was not known before. Raises Locked."""
    try:
        return ring().named(name)
    except NoKey:
        raise
    except Locked:
        return ring(again=True).named(name)  # another process has rotated meanwhile


def unwrap(wrapped: bytes, label: str) -> bytes:
    """Open a wrapped key with whichever master wrapped it. Raises Unreadable and Locked."""
    wrapped = bytes(wrapped)
    if wrapped[:1] != _FORMAT:
        raise Unreadable(f"The wrapped key of {label} is empty or of an unknown form.")
    return named(wrapped[1 : 1 + _NAME].hex()).unwrap(wrapped, label)


def forget() -> None:
    """Drop the keys from memory; the next use asks the provider."""
    global _ring
    with _lock:
        _ring = None


def create_key_file() -> Ring:
    """Make the key file with one new key, readable by its owner only; if another process was faster, read that one."""
    path = _checked_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    _write_private(fresh, [Master(os.urandom(SIZE))])
    try:
        os.link(fresh, path)  # refuses when it exists; never shows a half-written file
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return ring(again=True)


def replace_key_file(masters: Sequence[Master]) -> Ring:
    """Put these keys in place of the file's content, at once and durably."""
    path = _checked_path()
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    _write_private(fresh, masters)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return ring(again=True)


def uses_key_file() -> bool:
    """Whether the provider is the key file, which a rotation may rewrite."""
    return not settings.MASTER_KEY and not settings.KEY_COMMAND


def _write_private(path: Path, masters: Sequence[Master]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("".join(f"{master.text}\n" for master in masters))
        file.flush()
        os.fsync(file.fileno())


def _from_provider() -> Ring:
    if settings.MASTER_KEY and settings.KEY_COMMAND:
        raise Locked("TELECARE_MASTER_KEY and TELECARE_KEY_COMMAND are both set. Keep one of them.")
    if settings.MASTER_KEY:
        return _parsed(settings.MASTER_KEY, "TELECARE_MASTER_KEY")
    if settings.KEY_COMMAND:
        return _parsed(_from_command(settings.KEY_COMMAND), "TELECARE_KEY_COMMAND")
    return _from_file()


def _from_command(command: str) -> str:
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=True, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        raise Locked(
            f"TELECARE_KEY_COMMAND gave no master key ({type(problem).__name__}). Run it by hand."
        ) from problem
    return done.stdout


def _from_file() -> Ring:
    path = _checked_path()
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError as problem:
        raise NoKey(
            f"There is no master key: {path} does not exist, and neither TELECARE_MASTER_KEY nor TELECARE_KEY_COMMAND "
            f"is set. If there are data already, bring the key file back. {HOW_TO_MAKE}"
        ) from problem
    except OSError as problem:
        raise Locked(f"The master key {path} cannot be read ({problem.strerror}).") from problem
    if mode & 0o037:
        raise Locked(f"The master key {path} is open to others (mode {mode & 0o777:o}). Close it: chmod 600 {path}")
    return _parsed(text, str(path))


def _checked_path() -> Path:
    path, data = Path(settings.KEY_FILE), Path(settings.DATA)
    if path.resolve().is_relative_to(data.resolve()):
        raise Locked(
            f"The master key {path} would lie inside the data folder {data}: whoever copies the data would "
            "have the key. Set TELECARE_KEY_FILE to a place outside."
        )
    return path


def _parsed(text: str, source: str) -> Ring:
    words = re.split(r"[\s,]+", text.strip())
    if words == [""]:
        raise NoKey(f"{source} is empty: it gives no master key. {HOW_TO_MAKE}")
    try:
        return Ring([Master(base64.b64decode(word, validate=True)) for word in words], source)
    except (binascii.Error, ValueError) as problem:
        raise Locked(f"{source} holds no base64. {HOW_TO_MAKE}") from problem
