"""Here the cast are actors again: an import has no edge."""

from __future__ import annotations

import pytest

from patients.accounts.actor import Actor


@pytest.fixture
def anna(cast: dict[str, Actor]) -> Actor:
    return cast["anna"]


@pytest.fixture
def clara(cast: dict[str, Actor]) -> Actor:
    return cast["clara"]


@pytest.fixture
def david(cast: dict[str, Actor]) -> Actor:
    return cast["david"]


@pytest.fixture
def heinrich(cast: dict[str, Actor]) -> Actor:
    return cast["heinrich"]
