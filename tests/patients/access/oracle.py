"""The rules of DESIGN §5 once more, in plain Python and from the facts: what scope and decide are held against.

It shares no code with patients.access but the names of facts, categories and roles.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from patients.access.derivation import Basis, Emergency, Facts, Link, Provision, Relation, Span
from patients.accounts.actor import Actor, Role

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CATEGORIES = ("administrative", "clinical", "medication", "nursing", "mental", "chat", "consent")
CARING = ("doctor", "nurse", "nursing-lead", "practice-nurse", "practice-assistant", "pharmacist")


@dataclass(frozen=True)
class Paper:
    """A document as far as rights go."""

    pk: int
    type: str
    category: str
    custodian: str | None
    patients: tuple[str, ...]
    imported: bool

    @property
    def patient(self) -> str | None:
        """As the store has it: the first; none for a Group, whose members come and go."""
        return self.patients[0] if self.patients and self.type != "Group" else None

    @property
    def compartments(self) -> tuple[str, ...]:
        return self.patients if len(self.patients) > 1 or self.type == "Group" else ()


@dataclass
class World:
    actors: list[Actor]
    facts: dict[str, Facts]
    papers: list[Paper] = field(default_factory=list)


def may_at_most(role: str, action: str, paper: Paper, own: bool) -> bool:
    """The table of DESIGN §5, row by row. What may be changed may be deleted by its custodian."""
    kind, verb = paper.category, {"delete": "update"}.get(action, action)
    if kind == "directory":
        if role in ("patient", "representative", "relative", "guest"):
            return False
        writers = (*CARING, "hospital-discharge", "administrator", "operator")
        return verb == "read" or (role in writers and own)
    if action == "delete" and (role in ("patient", "representative", "relative") or paper.type == "Patient"):
        return False
    if kind == "chat":
        return verb in ("read", "create") and role in (
            *CARING,
            "nursing-assistant",
            "patient",
            "representative",
            "relative",
        )
    if kind == "consent":
        readers = ("doctor", "nurse", "nursing-lead", "patient", "representative", "data-protection-officer")
        return verb == "read" and role in readers
    if role == "hospital-discharge":
        return kind in ("administrative", "clinical", "medication", "nursing") and own and verb in ("read", "create")
    if role in ("patient", "representative"):
        if kind == "clinical" and paper.type == "Observation" and action == "update":
            return True  # to take it back
        if verb == "create":
            return kind == "clinical" and paper.type in ("Observation", "QuestionnaireResponse")
        return verb == "read" or (kind == "administrative" and paper.type == "Patient")
    if role == "relative":
        return verb == "read" and kind != "mental"
    if role == "nursing-assistant":
        if kind == "mental":
            return False
        return verb == "read" or (action != "delete" and kind == "clinical" and paper.type == "Observation")
    if role not in CARING:
        return False
    if kind == "mental":
        return role == "doctor"
    if kind == "administrative":
        return verb == "read" or role != "pharmacist"
    if role == "pharmacist":
        return kind == "medication" and (verb == "read" or (verb == "create" and paper.type == "MedicationStatement"))
    if kind == "nursing":
        return verb == "read" or role in ("nurse", "nursing-lead")
    if verb == "read" or role == "doctor":
        return True
    if kind == "clinical":
        return paper.type == "Task" or (
            action != "delete" and paper.type == "Observation" and role != "practice-assistant"
        )
    return verb == "create" and paper.type == "MedicationStatement" and role in ("nurse", "nursing-lead")


def oracle(actor: Actor, action: str, paper: Paper, world: World) -> bool:
    if not actor.active:
        return False
    if actor.role is Role.SYSTEM:
        return True
    if actor.role is Role.SYSTEM_CLIENT:
        return paper.custodian == "Import" or paper.imported
    own = actor.organisation is not None and paper.custodian == actor.organisation
    if not may_at_most(actor.role.value, action, paper, own):
        return False
    if paper.category == "directory":
        return paper.patient is None
    if not paper.patients:
        return own and actor.role not in (Role.PATIENT, Role.RELATIVE, Role.REPRESENTATIVE)
    return all(for_one(actor, action, paper, patient, world.facts[patient], own) for patient in paper.patients)


def for_one(actor: Actor, action: str, paper: Paper, patient: str, facts: Facts, own: bool) -> bool:
    if actor.role is Role.PATIENT:
        shared = paper.type in ("Patient", "Appointment", "AppointmentResponse", "Encounter", "Task")
        if action == "update" and not shared and paper.custodian != f"Patient/{patient}":
            return False
        themself = actor.person == f"Patient/{patient}" or actor.person in facts.same
        return themself and paper.custodian not in (None, "Import")
    changing_foreign = {
        "update": paper.type in ("Patient", "Appointment", "AppointmentResponse", "Encounter", "Task"),
        "delete": False,
    }.get(action, True)
    foreign = changing_foreign and paper.custodian not in (None, "Import")
    if actor.role in (Role.RELATIVE, Role.REPRESENTATIVE):
        return foreign and any(
            relation.person == actor.person and lasts(relation.span) and stands(relation, action, paper.category, facts)
            for relation in facts.relations
        )
    if (
        action == "read"
        and foreign
        and paper.category != "chat"
        and (own or (paper.type, paper.category) != ("Task", "consent"))
        and any(
            one.organisation == actor.organisation and one.person == actor.person and lasts(one.span)
            for one in facts.emergencies
        )
    ):
        return True
    if any(
        not one.permit and not one.person and one.organisation in ("", actor.organisation)
        and paper.category in one.categories and lasts(one.span)
        for one in facts.provisions
    ):  # fmt: skip
        return False
    for link in facts.links:
        named = (actor.person,) if actor.role is Role.NURSING_ASSISTANT else ("", actor.person)
        if link.organisation != actor.organisation or link.person not in named or not lasts(link.span):
            continue
        if own or (foreign and opened(link, paper.category, facts)):
            return True
    return False


def opened(link: Link, category: str, facts: Facts) -> bool:
    if category not in link.scope:
        return False
    if category != "mental" and any(lasts(basis.span) for basis in link.bases):
        return True
    return any(
        one.permit and one.organisation == link.organisation and category in one.categories and lasts(one.span)
        for one in facts.provisions
    )


def stands(relation: Relation, action: str, category: str, facts: Facts) -> bool:
    if category in relation.scope:
        return True
    mine = [one for one in facts.provisions if category in one.categories and lasts(one.span) and not one.organisation]
    if any(not one.permit and one.person in ("", relation.person) for one in mine):
        return False
    if action not in ("read", "create") or (action == "create" and category != "chat"):
        return False
    return any(one.permit and one.person == relation.person for one in mine)


def lasts(span: Span) -> bool:
    return span.since <= NOW < span.until


# -- random worlds: small enough that everything meets everything

_MAY_SOMETHING = (
    *(
        Role.DOCTOR,
        Role.DOCTOR,
        Role.NURSE,
        Role.NURSE,
        Role.NURSING_LEAD,
        Role.PRACTICE_NURSE,
        Role.PRACTICE_ASSISTANT,
    ),
    *(Role.PATIENT, Role.PATIENT, Role.REPRESENTATIVE, Role.REPRESENTATIVE, Role.RELATIVE, Role.SYSTEM),
)


def random_world(seed: int, *, open_handed: bool = False) -> World:
    """A world of chance. In an open-handed one most links live and have a basis, and only who may something acts."""
    dice = random.Random(seed)
    joining = random.Random(f"joined {seed}")  # whether Wilma's is another record of Heinrich
    organisations, patients = ["moorland", "markt"], ["heinrich", "wilma"]
    relatives = [f"RelatedPerson/{name}" for name in ("ida", "otto")]
    staff = [f"Practitioner/{name}" for name in ("anna", "clara")]

    def span() -> Span:
        if open_handed and dice.random() < 0.8:
            return Span(NOW - timedelta(hours=dice.choice((0, 1, 48))), datetime(9999, 1, 1, tzinfo=UTC))
        since = NOW + timedelta(hours=dice.choice((-48, -24, -1, 1, 0)))
        return Span(
            since, dice.choice((datetime(9999, 1, 1, tzinfo=UTC), since + timedelta(hours=dice.choice((1, 24, 40)))))
        )

    def some_categories() -> frozenset[str]:
        return frozenset(dice.sample(CATEGORIES, dice.choice((1, 2, 4, 7))))

    def facts(patient: str) -> Facts:
        links = [
            Link(
                dice.choice(organisations), f"CareTeam/{number}", span(), person=dice.choice(("", "", *staff)),
                scope=some_categories() if dice.random() < (0.1 if open_handed else 0.4) else frozenset(CATEGORIES),
                bases=tuple(
                    Basis(dice.choice(("treatment", "representative", "presumed")), span())
                    for _ in range(dice.choice((1, 2) if open_handed else (0, 0, 1, 1, 2)))
                ),
            )
            for number in range(dice.choice((3, 4) if open_handed else (1, 2, 3)))
        ]  # fmt: skip
        provisions = []
        for number in range(dice.choice((0, 1, 2, 3))):
            whom = dice.choice(("organisation", "organisation", "person", "person" if open_handed else "all"))
            provisions.append(
                Provision(
                    permit=whom != "all" and dice.random() < (0.9 if open_handed else 0.6),
                    document=f"Consent/{number}",
                    organisation=dice.choice(organisations) if whom == "organisation" else "",
                    person=dice.choice(relatives) if whom == "person" else "",
                    categories=some_categories(),
                    span=span(),
                )
            )
        relations = [
            Relation(one, one, span(), some_categories() if open_handed or dice.random() < 0.4 else frozenset())
            for one in relatives
            if dice.random() < 0.8
        ]
        emergencies = [
            Emergency(dice.choice(organisations), dice.choice(staff), "Task/1", span())
            for _ in range(dice.choice((0, 0, 1)))
        ]
        same = ("Patient/heinrich",) if patient == "wilma" and joining.random() < 0.4 else ()
        return Facts(tuple(links), tuple(provisions), tuple(relations), tuple(emergencies), same)

    world = World(actors=[], facts={patient: facts(patient) for patient in patients})
    for role in _MAY_SOMETHING if open_handed else Role:
        person = {Role.PATIENT: "Patient/heinrich"}.get(role) or dice.choice(staff)
        if role in (Role.RELATIVE, Role.REPRESENTATIVE):
            person = dice.choice(relatives)
        organisation = (
            None
            if person[0] != "P" or role is Role.PATIENT
            else dice.choice((*organisations, *organisations, organisations[0] if open_handed else None))
        )
        world.actors.append(
            Actor(role, person=person, organisation=organisation, active=open_handed or dice.random() > 0.1)
        )
    types = (
        "Observation",
        "Patient",
        "Group",
        "Task",
        "MedicationStatement",
        "Composition",
        "Appointment",
        "QuestionnaireResponse",
    )
    for pk in range(1, 25):
        nobody = ("heinrich",) if open_handed else ()
        about = dice.choice((nobody, ("heinrich",), ("heinrich",), ("wilma",), ("heinrich", "wilma")))
        world.papers.append(
            Paper(
                pk,
                dice.choice(types),
                dice.choice(("administrative", "clinical") if open_handed and pk % 2 else ("directory", *CATEGORIES)),
                dice.choice(
                    (
                        *organisations,
                        *organisations,
                        *(organisations if open_handed else ("Import", None)),
                        "Patient/heinrich",
                    )
                ),
                about,
                imported=dice.random() < 0.1,
            )
        )
    return world
