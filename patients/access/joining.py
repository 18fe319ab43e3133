"""Records of one person that were joined: Patient.link of type `seealso`, each naming the other.

Joined, care links with their bases and every denial hold for all of them, and the person's own account sees all; what
a consent or a delegation opens stays with the record for which it was given, so that the stricter word wins. Nothing is
moved: each record keeps its patient, custodian and key. Two records that were both imported are never joined by what
they say of themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from patients import vault
from patients.access.categories import ADMINISTRATIVE
from patients.access.importing import among
from patients.access.models import Right
from patients.accounts.actor import Actor
from patients.database.rows import places
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


def own_records(actor: Actor) -> tuple[str, ...]:
    """The ids of all records of the person who acts, the one of their account first; none for whoever is no patient."""
    if actor.patient is None:
        return ()
    held = Right.objects.filter(person=actor.person, basis=Right.Basis.SELF, category=ADMINISTRATIVE)
    return (actor.patient, *held.order_by("patient").values_list("patient", flat=True))


def together(actor: Actor, patient: str) -> tuple[str, ...]:
    """What the actor sees as one with this record: all of one's own for the person, with that of the account first."""
    own = own_records(actor)
    return own if patient in own else (patient,)


def known_as(patient: str) -> list[str]:
    """As whom the person of this record can be signed in: references of the Patients of all their records."""
    held = Right.objects.filter(patient=patient, basis=Right.Basis.SELF, category=ADMINISTRATIVE)
    return [f"Patient/{patient}", *held.order_by("person").values_list("person", flat=True)]


def is_own(actor: Actor, patient: str) -> bool:
    """Whether this is a record of the person who acts. Costs nothing for the one of their account."""
    return actor.patient == patient or patient in own_records(actor)


def others_of(patients: Collection[str]) -> dict[str, set[str]]:
    """The other records of the same persons, by record, with one statement whatever their number."""
    held = Right.objects.filter(patient__in=patients, basis=Right.Basis.SELF, category=ADMINISTRATIVE)
    found: dict[str, set[str]] = {}
    for patient, person in held.values_list("patient", "person") if patients else ():
        found.setdefault(patient, set()).add(person.removeprefix("Patient/"))
    return found


def in_all_records(patients: Collection[str], type_: str) -> list[tuple[str, Document]]:
    """The documents of this type in all records of the same persons, each with the record that was asked about.

    One statement, whatever their number. For those who decide: it asks for no right, and logs nothing.
    """
    if not patients:
        return []
    columns, ids = store.SELECTED, places(len(patients))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d.patient, {columns} FROM records_document d"
            f" WHERE d.patient IN ({ids}) AND d.type = %s AND NOT d.deleted"
            f" UNION ALL SELECT r.patient, {columns} FROM access_right r CROSS JOIN records_document d"
            f" WHERE r.patient IN ({ids}) AND r.basis = %s AND r.category = %s"
            f" AND d.patient = SUBSTR(r.person, {len('Patient/') + 1}) AND d.type = %s AND NOT d.deleted",
            (*patients, type_, *patients, Right.Basis.SELF, ADMINISTRATIVE, type_),
        )
        return [(row[0], store.loaded(row[1:])) for row in cursor.fetchall()]
