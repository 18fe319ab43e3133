"""Which version somebody who writes has seen: what they send is for that one, and for no other.

https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from patients.errors import Conflict
from patients.records.models import Document


@dataclass(frozen=True, slots=True)
class Among:
    """One of several versions. None: whichever stands there; what was deleted does not."""

    versions: frozenset[int] | None


Expected = int | Among


def is_met(expected: Expected | None, document: Document) -> bool:
    """Whether the document stands as it is expected to."""
    if expected is None:
        return True
    if isinstance(expected, int):
        return document.version == expected
    return not document.deleted if expected.versions is None else document.version in expected.versions


def check(document: Document, expected: Expected | None, *, only_new: bool = False) -> None:
    """Raises Conflict unless the document stands as it is expected to, or, where it is to be `only_new`, not at all.

    Asked of who may see it, before whether they may change it.
    """
    if not is_met(expected, document):
        raise Conflict(_("This was changed meanwhile. Read it again, then decide."))
    if only_new and not document.deleted:
        raise Conflict(_("This exists already. To change it, read it, then send it with its version."))
