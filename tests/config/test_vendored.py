"""What comes from others lies there unmodified, and only what is used."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from config import icons

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "config" / "static" / "vendor"


def committed() -> dict[str, str]:
    lines = (VENDOR / "CHECKSUMS").read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def test_every_file_is_as_its_package_has_it():
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in {"CHECKSUMS", "README.md"}
    }
    assert found == committed()


def test_every_package_brings_its_licence():
    for package in ("kern", "lucide", "htmx"):
        assert any(name.startswith(f"{package}/LICENSE") for name in committed())


def named_icons() -> set[str]:
    """Words in templates and code that are names of icons."""
    texts = [path.read_text("utf-8") for top in ("config", "telecare", "messaging", "patients")
             for path in (ROOT / top).rglob("*") if path.suffix in {".html", ".py"}]  # fmt: skip
    return {word for text in texts for word in re.findall(r"[\"']([a-z0-9-]+)[\"']", text)}


def test_only_icons_that_somebody_names_are_shipped():
    unused = {path.stem for path in icons.FOLDER.glob("*.svg")} - named_icons()
    assert not unused


def test_every_icon_that_a_template_names_is_there():
    used = set()
    for top in ("config", "telecare", "messaging", "patients"):
        for path in (ROOT / top).rglob("*.html"):
            used |= set(re.findall(r'{% icon "([^"]+)"|icon_="([^"]+)"', path.read_text("utf-8")))
    for name in {one or other for one, other in used}:
        assert icons.shapes(name)
