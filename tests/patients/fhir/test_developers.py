"""The page for developers of other systems is true: its examples are run, its numbers are those of the code."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings

from patients.fhir import jsonpatch, registry
from patients.fhir.bundles import shape, transaction
from patients.records import definitions, search, wire
from patients.records.search.chains import MOST_LINKS
from patients.records.search.parse import MOST_OTHERS, MOST_PAIRS, MOST_SORT_KEYS
from patients.records.search.values import MOST_ALTERNATIVES
from patients.records.validation import caps
from tests.cast import HEINRICH
from tests.patients.fhir.process import Edge, running
from tests.running import ROOT

HERE = ROOT / "patients" / "fhir"
PAGE = (HERE / "DEVELOPERS.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
EXAMPLES = [found for block in BLOCKS for found in re.findall(r"(curl .*?)\s+# (\d{3})\n", block, re.S)]


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running(tmp_path_factory.mktemp("developers")) as one:
        yield one


def test_every_example_gets_the_answer_that_is_told(edge: Edge) -> None:
    assert len(EXAMPLES) == PAGE.count("\ncurl ") > 20
    known = {"BASE": edge.url, "TOKEN": edge.token, "PATIENT": HEINRICH}
    got = [(command, status_of(command, known)) for command, _ in EXAMPLES]
    assert got == EXAMPLES


def status_of(command: str, known: dict[str, str]) -> str:
    silent = command.replace("curl ", "curl -sS -o /dev/null -w '%{http_code}' ", 1)
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", silent],
        env={**os.environ, **known}, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    return run.stdout or run.stderr


def test_its_numbers_are_those_of_the_code() -> None:
    for told, number in {
        "a body | {}": f"{settings.FHIR_BODY_LIMIT // 2**20} MiB",
        "a resource {}": f"{wire.MOST_BYTES // 2**20} MiB",
        "{} levels": wire.MOST_DEPTH,
        "{} values": caps.MOST_VALUES,
        "lists of {}": caps.MOST_REPETITIONS,
        "{} extensions in each other": caps.MOST_NESTED_EXTENSIONS,
        "{} entries": shape.MOST_ENTRIES,
        "{} reads in a transaction": transaction.MOST_READS,
        "a patch | {}": f"{jsonpatch.MOST_BYTES // 2**20} MiB",
        "{} steps": jsonpatch.MOST_STEPS,
        "{} parameters": MOST_PAIRS,
        "{} alternatives": MOST_ALTERNATIVES,
        "{} sort keys": MOST_SORT_KEYS,
        "{} links": MOST_OTHERS,
        "`_count` up to {}": search.LARGEST_PAGE,
        "({} by default)": search.PAGE,
        "days are those of {}": settings.TIME_ZONE,
        "up to {} a page": search.MOST_INCLUDED,
        "the {} served types": len(definitions.SERVED),
    }.items():
        assert told.format(number if isinstance(number, str) else f"{number:,}") in PAGE
    assert MOST_LINKS == 3


def test_it_names_every_operation_and_leads_to_what_is_there() -> None:
    assert not [one.name for one in registry.operations() if f"${one.name}" not in PAGE]
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(links) > 5
    assert not [link for link in links if not (HERE / link).exists()]
