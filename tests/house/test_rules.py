"""The rules of the house, held by machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("config", "telecare", "messaging", "patients")


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks; a checkout without git has none, and the tests below would say so."""
    found = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / line for line in found.splitlines() if (ROOT / line).is_file()]
    assert files, "git lists no files here"
    return files


def code() -> list[Path]:
    return [path for path in tracked("*.py") if "migrations" not in path.parts]


def packages() -> list[Path]:
    """The rooms: `patients/vault`, `telecare/vitals`, …"""
    return sorted(
        {path.parent for path in code() if path.name == "__init__.py" and len(path.relative_to(ROOT).parts) == 3}
        - {ROOT / "tests" / name for name in ("house", "journeys", "config", "deploy")}
    )


def test_no_file_is_longer_than_400_lines():
    long = {str(path.relative_to(ROOT)) for path in code() if len(path.read_text("utf-8").splitlines()) > 400}
    assert not long


def test_no_file_has_a_name_that_says_nothing():
    assert not [path for path in code() if path.stem in {"utils", "helpers", "common", "misc", "signals"}]


@pytest.mark.parametrize("top", ["patients", "messaging", "telecare"])
def test_every_room_has_its_page(top):
    rooms = [room for room in packages() if room.parent.name == top]
    assert rooms
    assert not [room.name for room in rooms if not (room / "README.md").is_file()]


@pytest.mark.parametrize("room", ["access", "fhir", "records", "vault"])
def test_the_pages_of_a_large_room_name_every_file_in_it(room):
    top = ROOT / "patients" / room
    files = [path for path in code() if path.is_relative_to(top) and path.stem not in {"apps", "models"}]
    files = [path for path in files if not path.stem.startswith("__")]
    assert len(files) > 10
    assert not [path for path in files if path.stem not in named_above(path, top)]


def named_above(file: Path, top: Path) -> set[str]:
    """The words in code spans, and the names of files, on the pages from this file up to that of its room."""
    folders = [folder for folder in file.parents if folder.is_relative_to(top)]
    told = [folder / "README.md" for folder in folders if (folder / "README.md").is_file()]
    text = "\n".join(page.read_text("utf-8") for page in told)
    spans = " ".join(re.findall(r"`([^`\n]+)`", text))
    return {*re.findall(r"\w+", spans), *re.findall(r"(\w+)\.py\b", text)}


def test_the_import_contracts_hold():
    linter = str(Path(sys.executable).parent / "lint-imports")
    done = subprocess.run([linter, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_fhir_resources_is_imported_only_as_r4b_and_only_in_validation():
    users = {
        str(path.relative_to(ROOT))
        for path in code()
        if path.relative_to(ROOT).parts[0] in OURS and re.search(r"fhir\.resources|fhir_core", path.read_text("utf-8"))
    }
    assert users
    assert all(name.startswith("patients/records/validation") for name in users), users
    wrong = re.compile(r"from fhir\.resources import(?! R4B)|import fhir\.resources(?!\.R4B)")
    assert not [name for name in users if wrong.search((ROOT / name).read_text("utf-8"))]


def test_write_is_the_only_way_to_open_a_transaction():
    opener = re.compile(r"transaction\.atomic|@atomic|ATOMIC_REQUESTS")
    users = {
        path.relative_to(ROOT).as_posix()
        for path in code()
        if path.relative_to(ROOT).parts[0] in OURS and opener.search(path.read_text("utf-8"))
    }
    assert {name for name in users if not name.startswith("patients/database/")} == set()


def test_nothing_catches_everything_below_an_edge():
    edges = (
        "config/",
        "messaging/realtime/",  # loops that must outlive one bad frame
        "messaging/jobs/",  # or one bad job
        "patients/fhir/examining/__main__.py",  # the edge of the examiner's process: tells the server where it failed
        "patients/fhir/edge.py",  # the edge of /fhir itself: what is a fault of ours becomes an OperationOutcome
    )
    catch_all = re.compile(r"except (Base)?Exception|except:")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in code()
        if path.relative_to(ROOT).parts[0] in OURS
        and not path.relative_to(ROOT).as_posix().startswith(edges)
        and path.name not in {"views.py", "consumers.py", "commands.py", "edge.py"}
        and catch_all.search(path.read_text("utf-8"))
    ]
    assert not found


def test_nothing_unfinished_or_hidden_is_left():
    marks = re.compile(
        r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|raise NotImplemented" r"Error|pytest\.mark\.(sk" r"ip|xf" r"ail)"
    )
    assert not [path.relative_to(ROOT).as_posix() for path in code() if marks.search(path.read_text("utf-8"))]


def test_no_call_is_ever_recorded():
    shipped = [path for path in tracked("*.js") if "vendor" not in path.parts and "tests" not in path.parts]
    assert not [path for path in shipped if "MediaRecorder" in path.read_text("utf-8")]


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline():
    for path in tracked("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", text), path
        assert not re.search(r"\son[a-z]+=", text), path
        assert not re.search(r"\sstyle=", text), path
        assert not re.search(r"(src|href)=\"(https?:)?//", text.replace('xmlns="http', "")), path


@pytest.mark.parametrize(("lock", "extras"), [("requirements", ()), ("requirements-test", ("test",))])
def test_every_package_that_is_needed_is_pinned(lock, extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = project["dependencies"] + [one for extra in extras for one in project["optional-dependencies"][extra]]
    pinned = {_package(line) for line in (ROOT / "deploy" / f"{lock}.lock").read_text("utf-8").splitlines()}
    assert not {_package(one) for one in needed} - pinned


def _package(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=\[; ]", requirement)[0]).lower()
