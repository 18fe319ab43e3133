"""The environment, typed. A value that cannot be used stops the start and says which one and why."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, or the content of the file that `name_FILE` points at (for secrets), or the default."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read ({problem.strerror}).") from problem
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it, or {name}_FILE to a file that holds it.")
    return value


def flag(name: str, default: bool) -> bool:
    """`1 true yes on` or `0 false no off`."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0.")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number within limits."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number from {least} to {most}.")
    return int(value)


def one_of(name: str, known: tuple[str, ...], default: str) -> str:
    """One of a few words."""
    value = os.environ.get(name, "").strip().lower() or default
    if value not in known:
        raise ImproperlyConfigured(f"{name} is {value!r}: write one of {', '.join(known)}.")
    return value


def providers(name: str) -> dict[str, dict[str, Any]]:
    """Identity providers by key, from JSON: `{"klinikum": {"name", "issuer", "client_id", "client_secret", …}}`."""
    needed, further = {"name", "issuer", "client_id", "client_secret"}, {"trusts_factor"}
    try:
        found = json.loads(text(name, "") or "{}")
        for key, one in found.items():
            fits = needed <= one.keys() <= needed | further and re.fullmatch(r"[a-z0-9-]{1,40}", key)
            safe = str(one.get("issuer", "")).startswith(("https://", "http://127.0.0.1:", "http://localhost:"))
            if not fits or not safe:
                raise ValueError(key)
    except (ValueError, AttributeError, TypeError) as problem:
        raise ImproperlyConfigured(
            f"{name} is not valid: write JSON such as "
            '{"klinikum": {"name": "Klinikum", "issuer": "https://…", "client_id": "…", "client_secret": "…"}}; '
            '"trusts_factor": true takes the second factor that was shown there as ours.'
        ) from problem
    return dict(found)


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    """An absolute path; `~` is the home folder."""
    value = os.environ.get(name, "").strip()
    return (Path(value).expanduser() if value else default).absolute()


_as_owner = False


def act_as_owner() -> None:
    """Before settings are read: this process is a command of the database's owner (`DATABASE_OWNER_URL`)."""
    global _as_owner
    _as_owner = True


def serving_role() -> str:
    """The PostgreSQL role that serves, where this process acts as another one, the owner; otherwise ""."""
    from urllib.parse import unquote, urlsplit

    owner, serving = (unquote(urlsplit(text(name, "")).username or "") for name in _URLS)
    return serving if _as_owner and owner != serving else ""


_URLS = ("DATABASE_OWNER_URL", "DATABASE_URL")


def file(name: str) -> Path | None:
    """A file that is there, or None when nothing is set."""
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    found = Path(value).expanduser().absolute()
    if not found.is_file() or not os.access(found, os.R_OK):
        raise ImproperlyConfigured(f"{name}: {found} cannot be read. Set it to a file, or to nothing.")
    return found


def database(data: Path) -> dict[str, object]:
    """Django's database settings from `DATABASE_URL` (PostgreSQL), or SQLite in `data`."""
    from urllib.parse import parse_qsl, unquote, urlsplit

    url = text("DATABASE_URL", "")
    if url and _as_owner:
        url = text("DATABASE_OWNER_URL", "") or url
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data / "telecare.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL begins with {parts.scheme}: only postgresql:// is supported.")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
