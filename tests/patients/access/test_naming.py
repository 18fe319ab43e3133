"""Who speaks, signs and orders: nobody in another's name. Every row of the table, from both sides."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from patients.access import codes, naming, repository
from patients.access.naming import Rule
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, Role, system
from patients.errors import Denied, Missing, Problem
from patients.network import documents, resources, services
from patients.records import wire
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.access.test_documents import concept

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Json = dict[str, Any]
Cast = dict[str, Actor]
TO = {"reference": f"Patient/{HEINRICH}"}
WHEN = "2026-11-20T09:00:00+01:00"
SOME = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}
LIMIT = {"target": [{"measure": concept("http://loinc.org", "8867-4"), "detailRange": {"high": {"value": 100}}}]}
SIGNATURE = {"type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}], "when": WHEN}
ALLERGY = concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active")

NARRATIVE: Json = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Alles gut</div>'}

BASES: dict[str, Json] = {
    "Composition": {"status": "final", "type": SOME, "subject": TO, "date": WHEN, "title": "Bericht"},
    "Provenance": {"target": [TO], "recorded": WHEN},
    "Bundle": {"type": "collection"},
    "Communication": {"status": "completed", "subject": TO},
    "CommunicationRequest": {"status": "active", "subject": TO},
    "Consent": {
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": TO,
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
    },
    "Task": {"status": "requested", "intent": "order", "for": TO, "description": "Torasemid 20 mg"},
    "Encounter": {"status": "planned", "class": {"code": "VR"}, "subject": TO},
    "MedicationRequest": {
        "status": "active",
        "intent": "order",
        "subject": TO,
        "medicationCodeableConcept": {"text": "Torasemid"},
    },
    "ServiceRequest": {"status": "active", "intent": "order", "subject": TO, "code": {"text": "Labor"}},
    "DocumentReference": {
        "status": "current",
        "subject": TO,
        "type": SOME,
        "content": [{"attachment": {"contentType": "text/plain"}}],
    },
    "Goal": {"lifecycleStatus": "active", "subject": TO, "description": {"text": "Gehen"}},
    "Observation": {"status": "final", "subject": TO, "code": concept("http://loinc.org", "8867-4")},
    "DiagnosticReport": {"status": "final", "subject": TO, "code": {"text": "Labor"}},
    "Condition": {"subject": TO, "clinicalStatus": concept(
        "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
    )},
    "AllergyIntolerance": {"patient": TO, "clinicalStatus": ALLERGY, "code": {"text": "Penicillin"}},
    "Procedure": {"status": "completed", "subject": TO},
    "Immunization": {"status": "completed", "patient": TO, "vaccineCode": {"text": "x"}, "occurrenceString": "2025"},
    "MedicationStatement": {"status": "active", "subject": TO, "medicationCodeableConcept": {"text": "ASS"}},
    "Flag": {"status": "active", "subject": TO, "code": {"text": "Hund"}},
    "CarePlan": {"status": "active", "intent": "plan", "subject": TO},
    "List": {"status": "current", "mode": "working", "subject": TO},
    "QuestionnaireResponse": {"status": "completed", "subject": TO},
    "Media": {"status": "completed", "subject": TO, "content": {"contentType": "image/png"}},
    "DetectedIssue": {"status": "final", "patient": TO},
    "Basic": {"code": {"text": "Notiz"}, "subject": TO},
    "AppointmentResponse": {"participantStatus": "accepted"},
}  # fmt: skip
ODD: dict[tuple[str, str], Callable[[Json], Json]] = {  # where a path needs more than the reference itself
    ("Composition", "attester.party"): lambda one: {"author": [ME], "attester": [{"mode": "legal", "party": one}]},
    ("Composition", "custodian"): lambda one: {"author": [ME], "custodian": one},
    ("Provenance", "agent.onBehalfOf"): lambda one: {"agent": [{"who": ME, "onBehalfOf": one}]},
    ("Provenance", "signature.who"): lambda one: {"agent": [{"who": ME}], "signature": [{**SIGNATURE, "who": one}]},
    ("Provenance", "signature.onBehalfOf"): lambda one: {
        "agent": [{"who": ME}], "signature": [{**SIGNATURE, "who": ME, "onBehalfOf": one}]
    },
    ("Bundle", "signature.who"): lambda one: {"signature": {**SIGNATURE, "who": one}},
    ("Bundle", "signature.onBehalfOf"): lambda one: {"signature": {**SIGNATURE, "who": ME, "onBehalfOf": one}},
    ("Task", "output.valueReference"): lambda one: {"output": [{"type": {"text": "taken"}, "valueReference": one}]},
    ("Task", "note.authorReference"): lambda one: {"note": [{"text": "vorgelesen", "authorReference": one}]},
    ("Observation", "note.authorReference"): lambda one: {"note": [{"text": "müde", "authorReference": one}]},
    ("Procedure", "performer.onBehalfOf"): lambda one: {"performer": [{"actor": ME, "onBehalfOf": one}]},
    ("Consent", "extension.extension.valueReference"): lambda one: {
        "extension": [{"url": codes.INFORMED_EXTENSION, "extension": [{"url": "by", "valueReference": one}]}]
    },
    ("DetectedIssue", "mitigation.author"): lambda one: {"mitigation": [{"action": {"text": "x"}, "author": one}]},
    ("Goal", "expressedBy with a bound"): lambda one: {**LIMIT, "expressedBy": one},
    ("AppointmentResponse", "actor"): lambda one: {"actor": one, "appointment": {"reference": APPOINTMENT}},
}  # fmt: skip
LISTS = {"author", "performer", "contributor", "organization", "agent", "participant", "resultsInterpreter"}
SINGLE = {("Flag", "author"), ("QuestionnaireResponse", "author"), ("DetectedIssue", "author"), ("Basic", "author"),
          ("CarePlan", "author")}  # fmt: skip
ME: Json = {"reference": f"Practitioner/{ident('clara')}"}
APPOINTMENT = f"Appointment/{uuid.UUID(int=7)}"
ROWS = [
    *((kind, element.path, element.rule) for kind, elements in naming.TABLE.items() for element in elements),
    ("Goal", "expressedBy with a bound", Rule.OWN),
    ("Observation", "note.authorReference", Rule.NEAR),
]


def person(slug: str) -> Json:
    return {"reference": f"Practitioner/{ident(slug)}"}


def place(slug: str) -> Json:
    return {"reference": f"Organization/{ident(slug)}"}


def naming_(kind: str, path: str, named: Json) -> Json:
    """A resource of this type that names somebody at this place."""
    if (kind, path) in ODD:
        put = ODD[kind, path](named)
    else:
        first, _dot, rest = path.partition(".")
        inner = {rest: named} if rest else named
        put = {first: [inner] if first in LISTS and (kind, path) not in SINGLE else inner}
    return {"resourceType": kind, **BASES[kind], **put}


def sides(kind: str, path: str, rule: Rule) -> tuple[list[Json], list[Json]]:
    """Who may stand there when Clara writes (Anna for a consent), and who may not."""
    organisations = {"custodian", "organization", "performer.onBehalfOf", "serviceProvider"}
    match rule:
        case Rule.OWN:
            others = [person("mia"), person("anna"), person("david"), {"display": "Dr. Clara Voss"}]
            return [ME], others
        case Rule.ORGANISATION if kind == "Consent":
            return [place("moorland")], [place("markt"), place("deichweg")]
        case Rule.ORGANISATION:
            return [place("markt")], [place("moorland"), place("deichweg"), {"display": "Praxis am Markt"}]
        case Rule.GRANTOR:
            return [TO, person("anna")], [person("clara"), {"reference": f"Patient/{WILMA}"}, {"display": "Heinrich"}]
        case Rule.NEAR | Rule.CARES if path in organisations:
            return [place("markt"), place("moorland")], [place("deichweg"), place("sonnenhof")]
        case Rule.NEAR if kind == "AppointmentResponse":  # of no patient: one's own practice
            return [ME, person("mia")], [person("anna"), person("david")]
        case Rule.CARES:
            return [place("moorland"), place("markt"), person("anna")], [place("deichweg"), person("bernd")]
        case _:
            return [ME, person("mia"), person("anna")], [person("david"), person("bernd"), person("nobody")]


def written(cast: Cast, resource: Json) -> Document:
    if resource["resourceType"] == "Consent":
        return documents.write(cast["anna"], resource)
    return repository(cast["clara"]).create(resource)


@pytest.mark.parametrize(("kind", "path", "rule"), ROWS, ids=lambda one: str(one))
def test_each_place_names_whom_it_may_and_nobody_else(cast: Cast, kind: str, path: str, rule: Rule):
    if kind == "AppointmentResponse":
        there = [{"actor": TO, "status": "accepted"}]
        booked = {"resourceType": "Appointment", "status": "proposed", "participant": there, "id": APPOINTMENT[12:]}
        repository(cast["clara"]).update(booked)
    may, may_not = sides(kind, path, rule)
    for named in may:
        assert written(cast, naming_(kind, path, named)).version == 1, named
    count = Document.objects.count()
    for named in may_not:
        with pytest.raises(Problem) as caught:
            written(cast, naming_(kind, path, named))
        assert caught.value.kind in ("denied", "missing"), named
        if isinstance(caught.value, Denied) and caught.value.findings:
            assert caught.value.findings[0].where == f"{kind}.{path.removesuffix(' with a bound')}"
    assert Document.objects.count() == count


def test_every_type_that_the_table_names_is_tried():
    assert set(BASES) == set(naming.TABLE)


def test_what_stands_there_may_stay_and_nothing_new_comes(clara: Actor, mia: Actor, anna: Actor):
    order = repository(clara).create(naming_("Task", "requester", ME)).content
    taken = repository(anna).update({**order, "status": "accepted"}).content
    assert taken["requester"] == ME
    with pytest.raises(Denied, match="sich selbst"):
        repository(anna).update({**taken, "requester": person("mia")})


def test_an_order_is_not_reworded_and_a_limit_not_moved_in_claras_name(cast: Cast):
    order = repository(cast["clara"]).create(naming_("Task", "requester", ME)).content
    with pytest.raises(Denied, match="sich selbst"):
        repository(cast["anna"]).update({**order, "description": "Torasemid 200 mg"})
    limit = repository(cast["clara"]).create(naming_("Goal", "expressedBy with a bound", ME)).content
    second = colleague(cast)
    with pytest.raises(Denied, match="sich selbst"):
        repository(second).update(
            {**limit, "target": [{**LIMIT["target"][0], "detailRange": {"high": {"value": 180}}}]}
        )
    assert repository(second).update({**limit, "lifecycleStatus": "completed"}).version == 2


SIGNED: dict[str, tuple[str, Json]] = {  # in whose name, and what a colleague would have it say
    "Composition": ("author", {"section": [{"title": "Befund", "text": NARRATIVE}]}),
    "Provenance": ("agent.who", {"target": [TO, {"reference": f"Composition/{uuid.UUID(int=9)}"}]}),
    "CommunicationRequest": ("requester", {"payload": [{"contentString": "Bitte anrufen"}]}),
    "MedicationRequest": ("requester", {"dosageInstruction": [{"text": "2-0-2"}]}),
    "ServiceRequest": ("requester", {"code": {"text": "Röntgen"}}),
    "DocumentReference": ("authenticator", {"content": [{"attachment": {"contentType": "application/pdf"}}]}),
}


@pytest.mark.parametrize("kind", SIGNED)
def test_what_clara_has_signed_or_ordered_is_changed_by_nobody_in_her_name(cast: Cast, kind: str):
    path, other = SIGNED[kind]
    made = repository(cast["clara"]).create(naming_(kind, path, ME)).content
    second = colleague(cast)
    with pytest.raises(Denied, match="sich selbst"):
        repository(second).update({**made, **other})
    own = naming_(kind, path, {"reference": str(second.person)})
    assert repository(second).update({**own, **other, "id": made["id"]}).version == 2
    assert repository(cast["clara"]).update({**made, **other}).version == 3


def test_a_colleague_ends_an_order_of_claras_and_leaves_it_hers(cast: Cast):
    made = repository(cast["clara"]).create(naming_("MedicationRequest", "requester", ME)).content
    ended = {**made, "status": "stopped", "statusReason": {"text": "Ausschlag"}}
    assert repository(colleague(cast)).update(ended).content["requester"] == ME


def colleague(cast: Cast) -> Actor:
    """A second doctor in Clara's practice."""
    made = services.add_practitioner(
        cast["admin"], name=services.organisations.Name("Peters", "Jan"), organisation=ident("markt"), role=Role.DOCTOR
    )
    return Actor(Role.DOCTOR, account=77, person=made.reference, organisation=ident("markt"))


def test_an_own_function_is_oneself_and_a_colleagues_is_not(cast: Cast):
    functions = {
        one.content["practitioner"]["reference"]: one.reference
        for one in Document.objects.filter(type="PractitionerRole", deleted=False)
    }
    mine, mias = functions[str(cast["clara"].person)], functions[str(cast["mia"].person)]
    assert written(cast, naming_("Composition", "author", {"reference": mine}))
    with pytest.raises(Denied):
        written(cast, naming_("Composition", "author", {"reference": mias}))


@pytest.mark.parametrize(
    "dressed", ["http://testserver/fhir/{}", "{}/_history/1", "https://elsewhere.example/fhir/{}/_history/1"]
)
def test_another_spelling_names_the_same_person(cast: Cast, dressed: str):
    for slug, path in (("david", "performer"), ("bernd", "performer")):
        named = {"reference": dressed.format(f"Practitioner/{ident(slug)}")}
        with pytest.raises(Problem):
            written(cast, naming_("Observation", path, named))


def test_a_contained_doctor_signs_nothing(cast: Cast):
    inside = {"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Renner"}]}
    forged = {**naming_("Composition", "author", {"reference": "#doc"}), "contained": [inside]}
    with pytest.raises(Denied):
        written(cast, forged)


def test_heinrich_names_himself_and_ida_but_no_nurse(heinrich: Actor, anna: Actor):
    vital = concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")
    value = {"category": [vital], "effectiveDateTime": WHEN, "valueQuantity": {"value": 72, "unit": "/min"}}
    for reference in (heinrich.person, f"RelatedPerson/{ident('ida')}"):
        named = naming_("Observation", "performer", {"reference": reference})
        assert repository(heinrich).create({**named, **value}).version == 1
    with pytest.raises(Denied, match="Familie"):
        repository(heinrich).create({**naming_("Observation", "performer", {"reference": anna.person}), **value})


def test_a_stranger_learns_nothing_of_the_team(bernd: Actor):
    """Who is in the care team is asked only after one was let in."""
    vital = concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")
    told = set()
    for slug in ("clara", "david", "nobody"):
        with pytest.raises(Problem) as caught:
            repository(bernd).create({**naming_("Observation", "performer", person(slug)), "category": [vital]})
        told.add((caught.value.kind, caught.value.text))
    assert len(told) == 1
    assert told.pop()[0] == "missing"


NARROW = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}


def cared_for_in_confidence(david: Actor) -> None:
    """Dr. Renner treats Heinrich, too, and has it that not everybody in the team knows."""
    basis = resources.treatment(timezone.localtime(), str(david.person))
    link = resources.care_link(
        HEINRICH, ident("deichweg"), manager=ident("deichweg"), bases=[basis], contact=str(david.person)
    )
    hidden = {**link, "meta": {"security": [NARROW]}}
    repository(system("test")).create(hidden, custodian=ident("deichweg"), permit=PERMIT)


@pytest.mark.parametrize(("kind", "path"), [("Observation", "performer"), ("Task", "owner")])
@pytest.mark.parametrize("named", [place("deichweg"), person("david")], ids=["practice", "doctor"])
def test_who_cares_in_confidence_is_found_out_by_nobody(
    anna: Actor, david: Actor, heinrich: Actor, kind: str, path: str, named: Json
):
    vital = concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")
    more = {"category": [vital]} if kind == "Observation" else {}
    resource = {**naming_(kind, path, named), **more}
    answers = []
    for _ in range(2):
        with pytest.raises(Denied) as caught:
            repository(anna).create(resource)
        answers.append((caught.value.text, caught.value.findings))
        cared_for_in_confidence(david)
    assert answers[0] == answers[1]
    assert repository(david).create({**naming_(kind, path, named), **more}).version == 1


def test_with_our_own_address_nobody_is_named_whom_one_may_not_see(clara: Actor):
    for patient in (WILMA, str(uuid.uuid4())):
        for reference in (f"Patient/{patient}", f"{settings.PUBLIC_URL}/fhir/Patient/{patient}"):
            named = naming_("Task", "focus", {"reference": reference})
            with pytest.raises(Missing):
                repository(clara).create(named)


def test_import_and_system_client_keep_foreign_authors(db: None, tmp_path: Any):
    from patients.fhir import ingest

    foreign = {"author": [{"reference": "Practitioner/far-away"}, {"display": "Dr. Fern"}]}
    patient = {"resourceType": "Patient", "id": "far", "name": [{"family": "Fern"}]}
    note = {**BASES["Composition"], **foreign, "resourceType": "Composition", "subject": {"reference": "Patient/far"}}
    file = tmp_path / "far.ndjson"
    file.write_bytes(wire.text(patient) + b"\n" + wire.text({**note, "id": "far-note"}) + b"\n")
    assert ingest.run([file]).refused == 0
    assert Document.objects.get(type="Composition").content["author"] == foreign["author"]
    client = repository(Actor(Role.SYSTEM_CLIENT, account=5))
    assert client.create(note).content["author"] == foreign["author"]
