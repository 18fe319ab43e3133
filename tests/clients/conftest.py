"""One running server with the cast, for the clients of others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.patients.fhir.process import Edge, running


@pytest.fixture(scope="package")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running(tmp_path_factory.mktemp("clients")) as one:
        yield one
