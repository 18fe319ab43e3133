"""What the files of a download are called, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Names:
    """`paper` is the PDF, `resources` the FHIR Bundle, `accesses` the table of who has read it."""

    paper: str
    resources: str
    accesses: str


def names() -> Names:
    """Letters of ASCII, so that every system unpacks them alike."""
    record = _("record")
    return Names(f"{record}.pdf", f"{record}.json", f"{_('accesses')}.csv")
