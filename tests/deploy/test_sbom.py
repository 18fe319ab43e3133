"""Whoever has to answer for what runs in the district reads it in one bill of materials."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom


@pytest.fixture(scope="module")
def text() -> str:
    return sbom.text()


@pytest.fixture(scope="module")
def components(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["components"]
    return found


def test_the_bill_is_cyclonedx(text: str):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_every_pinned_package_stands_in_it_with_its_version(components: list[dict[str, Any]]):
    billed = {f"{one['name']}=={one['version']}" for one in components if one["purl"].startswith("pkg:pypi/")}
    assert billed == set(sbom.LOCK.read_text("utf-8").split())


def test_every_vendored_file_stands_in_it_with_its_digest(components: list[dict[str, Any]]):
    files = [file for one in components for file in one.get("components", ())]
    billed = {f"{file['hashes'][0]['content']}  {file['name']}" for file in files}
    assert billed == set((sbom.VENDOR / "CHECKSUMS").read_text("utf-8").splitlines())


def test_everything_has_a_licence(components: list[dict[str, Any]]):
    assert [one["name"] for one in components if not one.get("licenses")] == []
