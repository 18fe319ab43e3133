"""To whom and what resources refer, found in their texts as they are stored."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Final

from django.conf import settings

from patients.access import Repository
from patients.fhir import responses
from patients.records.models import Document

REFERRED_TO: Final = (  # what a record names beside itself
    "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService", "Medication", "Device",
)  # fmt: skip

Reference = tuple[str, str]  # type and id


def references(documents: Iterable[Document], types: tuple[str, ...] = REFERRED_TO) -> list[Reference]:
    """References to documents of these types here, each once, in the order in which they stand.

    The texts are our own JSON, without spaces, with quotation marks in words escaped.
    """
    found = (
        (type_.decode(), ident.decode())
        for document in documents
        for type_, ident in _pattern(settings.PUBLIC_URL, types).findall(document.text)
    )
    return list(dict.fromkeys(found))


def read(records: Repository, wanted: Iterable[Reference]) -> list[Document]:
    """Those of these documents that may be seen, in this order."""
    wanted = list(dict.fromkeys(wanted))
    by_type: dict[str, list[str]] = defaultdict(list)
    for type_, ident in wanted:
        by_type[type_].append(ident)
    found = {
        (type_, ident): one for type_ in by_type for ident, one in records.read_many(type_, by_type[type_]).items()
    }
    return [found[each] for each in wanted if each in found]


@cache
def _pattern(_url: str, types: tuple[str, ...]) -> re.Pattern[bytes]:
    here = re.escape(responses.base())
    text = rf'"reference":"(?:{here}/)?({"|".join(types)})/([A-Za-z0-9.-]{{1,64}})(?:/_history/[0-9]+)?"'
    return re.compile(text.encode())
