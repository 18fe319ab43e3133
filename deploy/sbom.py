"""The bill of materials: what of others is in a running Telecare, as CycloneDX 1.6 (ECMA-424).

`make sbom` writes `var/sbom.json`: the pinned Python packages with their licences, and the vendored front-end files
with their digests. A test holds it against the lock and the vendored folder.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "deploy" / "requirements.lock"
VENDOR: Final = ROOT / "config" / "static" / "vendor"
_ROW: Final = re.compile(
    r"^\| `(?P<folder>\w+)/` \| npm `(?P<name>[^`]+)` \| (?P<version>\S+) \| (?P<licence>[^|]+?) \|", re.M
)
_OF_LICENCE: Final = "License :: OSI Approved :: "


def bill() -> Bom:
    """Telecare and what it is made of."""
    made = Bom()
    made.metadata.component = Component(name="telecare", type=ComponentType.APPLICATION, licenses=_licences("EUPL-1.2"))
    made.components.update(_packages())
    made.components.update(_vendored())
    made.register_dependency(made.metadata.component, list(made.components))
    return made


def text() -> str:
    """The bill as JSON."""
    return JsonV1Dot6(bill()).output_as_string(indent=2)


def _packages() -> Iterator[Component]:
    for line in LOCK.read_text("utf-8").split():
        name, _, version = line.partition("==")
        yield Component(
            name=name,
            version=version,
            purl=PackageURL("pypi", None, re.sub(r"[-_.]+", "-", name).lower(), version),
            licenses=_licences(_licence_of(name)),
        )


def _licence_of(name: str) -> str:
    """As the installed package says it: an expression, a classifier, or the first line of its words."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        sys.exit(f"{name} is not installed: run deploy/setup.sh test first.")
    if said["License-Expression"]:
        return str(said["License-Expression"])
    known = [one.removeprefix(_OF_LICENCE) for one in said.get_all("Classifier", []) if one.startswith(_OF_LICENCE)]
    return " AND ".join(known) or str(said["License"] or "").strip().split("\n")[0]


def _vendored() -> Iterator[Component]:
    digests = dict(reversed(line.split("  ", 1)) for line in (VENDOR / "CHECKSUMS").read_text("utf-8").splitlines())
    for row in _ROW.finditer((VENDOR / "README.md").read_text("utf-8")):
        files = [
            Component(
                name=name, type=ComponentType.FILE, hashes=[HashType(alg=HashAlgorithm.SHA_256, content=str(digest))]
            )
            for name, digest in digests.items()
            if name.startswith(f"{row['folder']}/")
        ]
        group, _, name = row["name"].rpartition("/")
        yield Component(
            name=name,
            group=group or None,
            version=row["version"],
            purl=PackageURL("npm", group or None, name, row["version"]),
            licenses=_licences(row["licence"].split(" (")[0]),
            components=files,
        )


def _licences(words: str) -> list[License]:
    return [LicenseFactory().make_from_string(words)] if words else []


if __name__ == "__main__":
    target = ROOT / "var" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text(), encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {len(bill().components)} components")
