"""Derive the data of `patients.records.definitions` from the official package: the same bytes each time."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from patients.records.definitions.build import bindings, invariants, search, structures
from patients.records.definitions.build.package import Package

DATA = Path(__file__).parent.parent / "data"


def main() -> None:
    package = Package()
    parameters = search.parameters(package, search.FURTHER)
    found = {"patients": search.patients(package, parameters), "compartments": search.compartments(package, parameters)}
    _write("search", {"parameters": parameters, **found})
    codes = bindings.codes(package)
    _write("valuesets", bindings.suggested(package, codes))
    _write(
        "structures",
        {
            "version": package.version,
            "licence": package.licence,
            "resources": structures.resources(package),
            "primitives": structures.primitives(package),
            "structures": structures.structures(package),
            "codes": codes,
        },
    )
    _write("invariants", invariants.invariants(package))
    count = sum(len(names) for names in parameters.values())
    sys.stdout.write(
        f"FHIR {package.version} ({package.licence}): {len(parameters)} types, {count} search parameters\n"
    )


def _write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    (DATA / f"{name}.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    sys.stdout.write(f"{name}.json.gz: {(DATA / f'{name}.json.gz').stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
