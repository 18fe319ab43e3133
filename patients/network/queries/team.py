"""Who cares for a patient, and who may see what on which basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from patients.access import Repository, acts, documents
from patients.access.categories import CONSENT, OF_PATIENTS
from patients.access.importing import among
from patients.access.models import Right
from patients.access.writing import missing
from patients.network import resources
from patients.network.queries.acts import Word, standing_among
from patients.network.queries.names import described
from patients.records import store
from patients.records.models import Document


@dataclass(frozen=True, slots=True)
class Member:
    """One organisation, relative or person in an emergency, with what they may see now.

    `categories` are those of others' records; `bases` the values of `Right.Basis` that open them.
    """

    reference: str
    name: str
    kind: str  # of the organisation; "relative" or "emergency"
    contact: str  # who of the organisation is named, in words
    since: datetime | None
    until: datetime | None
    bases: tuple[str, ...]
    categories: tuple[str, ...]
    links: tuple[str, ...]  # ids of the CareTeams


@dataclass(frozen=True, slots=True)
class Team:
    """The team of a patient; `by_category` counts its members who see each; `not_applied` are consents to be read.

    `refused`: video, photos, if the person says no and the reader may read that.
    """

    members: tuple[Member, ...]
    by_category: dict[str, tuple[str, ...]]
    not_applied: tuple[str, ...]
    refused: tuple[str, ...] = ()

    def of(self, organisation: str | None) -> Member | None:
        """The part of one organisation: why those who ask see this record."""
        return next((one for one in self.members if one.reference == f"Organization/{organisation}"), None)


def team(records: Repository, patient: str) -> Team:
    """The care team, for those who may see the patient (raises Missing). Reads with the look of the page."""
    return team_of(patient, records.of_patient(patient, ("Patient", *TEAM)))


TEAM: Final = ("CareTeam", "Consent", "RelatedPerson")


def team_of(patient: str, seen: Iterable[Document]) -> Team:
    """The team of a patient, from what the reader sees of it; raises Missing if the Patient is not among that."""
    by_type: dict[str, list[Document]] = defaultdict(list)
    for document in seen:
        by_type[document.type].append(document)
    if not by_type["Patient"]:
        raise missing()
    rights: dict[tuple[str, str], list[Right]] = defaultdict(list)
    now = timezone.now()
    held = Right.objects.filter(patient=patient, since__lte=now, until__gt=now).exclude(basis=Right.Basis.SELF)
    for right in held.order_by("since", "pk"):
        rights[right.organisation, right.person if right.basis in _PERSONAL else ""].append(right)
    teams = [one for one in by_type["CareTeam"] if list(documents.links(one.content, ""))]
    links, contacts = _links(teams), _contacts(teams)
    names = _names([*rights, *(("", reference) for reference in contacts.values())], by_type["RelatedPerson"])
    members = [
        _member(place, person, found, names, links.get(place, []), names.get(contacts.get(place, ""), ("", ""))[0])
        for (place, person), found in rights.items()
    ]
    sees = {category: tuple(one.name for one in members if category in one.categories) for category in OF_PATIENTS}
    not_applied = _not_applied(by_type["Consent"], rights.values())
    return Team(tuple(members), sees, tuple(not_applied), _refused(by_type["Consent"]))


def _refused(consents: Sequence[Document]) -> tuple[str, ...]:
    """To what the person says no now, whoever brought that here: one reads it in what is read already."""
    said = [act for one in consents for act in acts.acts_of(one.content, trusted=False)]
    return tuple(act for act in acts.ACTS if standing_among(said, act).word is Word.NO)


def _not_applied(consents: Sequence[Document], rights: Iterable[Sequence[Right]]) -> list[str]:
    """Active consents from which nothing follows. One that a right names is applied, and was not imported.

    A mere no to video or photos counts whoever brought it here, so nobody has to look whether it was imported.
    """
    applied = {right.document for held in rights for right in held}
    active = [one for one in consents if one.content.get("status") == "active" and one.reference not in applied]
    unclear = {one.pk for one in active if documents.why_not_applied(one.content)}
    unclear |= among(one for one in active if one.pk not in unclear and not acts.only_denies(one.content))
    return [one.logical_id for one in active if one.pk in unclear]


def care_teams(patient: str) -> list[Document]:
    """The CareTeams of a patient that are active, whoever sees them; for services."""
    found = Document.objects.filter(patient=patient, type="CareTeam", deleted=False).order_by("pk")
    return [one for one in found if one.content.get("status") == "active" and list(documents.links(one.content, ""))]


def organisation_names(organisations: Iterable[str]) -> dict[str, str]:
    """The names of organisations by id; of the directory, so for everybody."""
    found = store.get_many("Organization", organisations)
    return {ident: str(resources.name_of(one.content)) for ident, one in found.items() if not one.deleted}


_PERSONAL = (Right.Basis.DELEGATION, Right.Basis.REPRESENTATION, Right.Basis.EMERGENCY)


def _member(
    organisation: str,
    person: str,
    rights: list[Right],
    names: dict[str, tuple[str, str]],
    links: list[str],
    contact: str,
) -> Member:
    reference = person or f"Organization/{organisation}"
    name, kind = names.get(reference, (reference, "other"))
    opened = [one for one in rights if not one.custodian]
    held = {one.category for one in opened}
    return Member(
        reference=reference,
        name=name,
        kind=kind,
        contact=contact,
        since=min((one.since for one in rights), default=None),
        until=max((one.until for one in rights), default=None),
        bases=tuple(dict.fromkeys(one.basis for one in opened)),
        categories=tuple(category for category in OF_PATIENTS if category in held and category != CONSENT),
        links=tuple(links),
    )


def _names(holders: Iterable[tuple[str, str]], relatives: Iterable[Document]) -> dict[str, tuple[str, str]]:
    """Name and kind of every holder, by reference."""
    found = {one.reference: (str(resources.name_of(one.content)), "relative") for one in relatives}
    wanted = {person or f"Organization/{organisation}" for organisation, person in holders} - found.keys()
    for reference, (name, kind) in described(wanted).items():
        what = _WHAT.get(reference.partition("/")[0], "other")
        found[reference] = (name, kind or what)
    return found


_WHAT = {"RelatedPerson": "relative", "Practitioner": "emergency"}


def _links(teams: Iterable[Document]) -> dict[str, list[str]]:
    links: dict[str, list[str]] = defaultdict(list)
    for document in teams:
        for organisation in resources.organisations_in(document.content):
            links[organisation].append(document.logical_id)
    return links


def _contacts(teams: Iterable[Document]) -> dict[str, str]:
    """Who is named of each organisation: the reference of a Practitioner."""
    named: dict[str, str] = {}
    for document in teams:
        for participant in document.content.get("participant", ()):
            member = participant.get("member", {}).get("reference", "")
            if member.startswith("Practitioner/"):
                where = participant.get("onBehalfOf", {}).get("reference", "").removeprefix("Organization/")
                named.setdefault(where, member)
    return named
