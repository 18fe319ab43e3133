"""fhir-kit-client, fhirclient and @medplum/core (npm): each tells what it saw, and it is what the standard says.

`deploy/setup.sh test` installs them from `package-lock.json`. They run in the Node.js that Playwright brings along:
Debian 12's own is too old for @medplum/core.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import playwright

from tests.patients.fhir.process import Edge

HERE = Path(__file__).resolve().parent
NODE = Path(playwright.__file__).parent / "driver" / "node"
EVERYWHERE = {
    "search": 1,
    "create": "1",
    "read": 72,
    "update": "2",
    "patch": "corrected",
    "vread": "final",
    "history": ["3", "2", "1"],
    "batch": ["200", "404"],
    "transaction": ["201", "201"],
}


def told(script: str, edge: Edge) -> dict[str, Any]:
    """What a client saw, by the names of its steps."""
    asked = json.dumps({"url": edge.url, "token": edge.token})
    run = subprocess.run([NODE, script, asked], cwd=HERE, capture_output=True, text=True, check=False, timeout=240)
    assert run.returncode == 0, run.stderr[-2000:]
    seen: dict[str, Any] = json.loads(run.stdout)
    return seen


def test_fhir_kit_client(edge: Edge) -> None:
    assert told("fhir-kit-client.mjs", edge) == {
        **EVERYWHERE,
        "capability": "4.0.1",
        "update of an old version": {"refused": [412, "conflict"]},
        "history of the type": True,
        "history of all": "history",
        "conditional update": [True, "2"],
        "pages": [True, True],
        "search by POST": [1, 1, 1],
        "operation": "searchset",
        "operation with Parameters": "searchset",
        "resolve": "Patient",
        "invalid": {"refused": [422, "code-invalid"]},
        "unknown": {"refused": [404, "not-found"]},
        "delete": {},
        "gone": {"refused": [410, "deleted"]},
    }


def test_fhirclient(edge: Edge) -> None:
    assert told("fhirclient.mjs", edge) == {
        **EVERYWHERE,
        "release": 4,
        "the patient in context": True,
        "all pages of the patient in context": [True, True],
        "references resolved": "Patient",
        "invalid": {"refused": [422, "code-invalid"]},
        "unknown": {"refused": [404, "not-found"]},
        "delete": "deleted",
        "gone": {"refused": [410, "deleted"]},
    }


def test_medplum(edge: Edge) -> None:
    assert told("medplum.mjs", edge) == {
        **EVERYWHERE,
        "conditional create": [True, "1"],
        "conditional update": "2",
        "reads that it gathers into a batch": ["Patient", "Bundle"],
        "pages": [True, True],
        "reference": True,
        "validate": False,
        "everything": "searchset",
        "summary": "document",
        "invalid": {"refused": "code-invalid"},
        "unknown": {"refused": "not-found"},
        "delete": "deleted",
        "gone": {"refused": "deleted"},
    }
