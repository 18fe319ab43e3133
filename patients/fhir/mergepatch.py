"""JSON Merge Patch: a document that says what changes by looking like the result. https://www.rfc-editor.org/rfc/rfc7396

R4 does not name it; some clients (fhirpy, those of Aidbox) know nothing else. A list is replaced as a whole, null takes
an element away.
"""

from __future__ import annotations

from typing import Any, Final

from patients.errors import Invalid
from patients.records import wire

MERGE_PATCH: Final = "application/merge-patch+json"


def check(given: wire.Json) -> None:
    """Raise Invalid for a patch that says nothing."""
    if not given:
        raise Invalid("The patch changes nothing: it is empty.", code="required")


def applied(document: Any, patch: Any) -> Any:
    """The document after the patch; neither of them is changed."""
    if not isinstance(patch, dict):
        return patch
    after = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = applied(after.get(name), value)
    return after
