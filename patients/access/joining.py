"""Records of one person that were joined: Patient.link of type `seealso`, each naming the other.

Joined, care links with their bases and every denial hold for all of them; what a consent or a delegation opens stays
with the record for which it was given, so that the stricter word wins. Nothing is moved: each record keeps its patient,
custodian and key. Two records that were both imported are never joined by what they say of themselves.
"""

from __future__ import annotations

from typing import Any, Final

from patients import vault
from patients.access.importing import among
from patients.records import store
from patients.records.models import Document

Content = dict[str, Any]

SEE_ALSO: Final = "seealso"
MOST: Final = 8  # records of one person


def named(person: Content) -> list[str]:
    """The ids of the Patients that a Patient says are the same person, too."""
    links = [one for one in person.get("link", ()) if one.get("type") == SEE_ALSO]
    references = [str(one.get("other", {}).get("reference", "")) for one in links]
    return [one.removeprefix("Patient/") for one in references if one.startswith("Patient/")]


def _named(person: Document) -> list[str]:
    try:
        return named(person.content)
    except vault.Unreadable:  # erased: it names nobody any more
        return []


def joined(patient: str) -> list[str]:
    """The ids of the other records of this person; one statement where there is none."""
    found = store.get_many("Patient", [patient])
    known: dict[str, Document] = {ident: one for ident, one in found.items() if not one.deleted}
    waiting = list(known.values())
    while waiting and len(known) < MOST:
        one = waiting.pop()
        asked = [ident for ident in _named(one) if ident not in known]
        for ident, other in store.get_many("Patient", asked).items() if asked else ():
            mutual = one.logical_id in _named(other)
            if mutual and not other.deleted and len(among([one, other])) < 2 and len(known) < MOST:
                known[ident] = other
                waiting.append(other)
    return sorted(known.keys() - {patient})
