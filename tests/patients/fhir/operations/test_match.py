"""Patient/$match: by fixed rules, among the patients whom one may see and no others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from patients.access import repository
from patients.audit.models import AuditEvent
from patients.fhir.operations.match import GRADE, SCORES
from patients.network import services
from patients.network.matching import MOST, Grade
from patients.network.resources import KVNR, Name, treatment
from tests.cast import HEINRICH
from tests.patients.fhir.conftest import Json, Person, content, issue
from tests.patients.fhir.operations.conftest import parameters

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

CERTAINLY: Json = {
    "resourceType": "Patient",
    "identifier": [{"system": KVNR, "value": "X110411941"}],
    "birthDate": "1941-03-14",
}
BY_ADDRESS: Json = {
    "resourceType": "Patient",
    "name": [{"family": "Brandt", "given": ["Heinrich"]}],
    "birthDate": "1941-03-14",
    "address": [{"line": ["Lindenweg 4"], "postalCode": "49377"}],
}


def ask(who: Person, person: Json, **more: Any) -> list[tuple[str, str, Any]]:
    """Id, grade and score of each match."""
    answer = who.post("Patient/$match", parameters(resource=person, **more))
    assert answer.status_code == 200, answer.content
    bundle = content(answer)
    assert bundle["type"] == "searchset"
    found = [one for one in bundle.get("entry", ()) if one["search"]["mode"] == "match"]
    assert bundle["total"] == len(found)
    return [
        (one["resource"]["id"], one["search"]["extension"][0]["valueCode"], one["search"]["score"]) for one in found
    ]


@pytest.mark.parametrize("person", [CERTAINLY, BY_ADDRESS])
def test_clara_finds_heinrich_with_certainty(clara: Person, person: Json) -> None:
    assert ask(clara, person) == [(HEINRICH, "certain", SCORES[Grade.CERTAIN])]
    assert ask(clara, person, onlyCertainMatches=True) == [(HEINRICH, "certain", SCORES[Grade.CERTAIN])]


def test_the_grade_stands_in_the_extension_of_the_standard(clara: Person) -> None:
    entry = content(clara.post("Patient/$match", parameters(resource=CERTAINLY)))["entry"][0]
    assert entry["search"]["extension"] == [{"url": GRADE, "valueCode": "certain"}]
    assert content(clara.post("Patient/$match", CERTAINLY))["entry"][0]["resource"]["id"] == HEINRICH


@pytest.mark.parametrize("person", [CERTAINLY, BY_ADDRESS])
def test_bernd_and_david_learn_nothing_of_heinrich(bernd: Person, david: Person, person: Json) -> None:
    nobody = {**person, "birthDate": "1941-03-13"}
    for stranger in (bernd, david):
        theirs, nothing = (stranger.post("Patient/$match", parameters(resource=one)) for one in (person, nobody))
        assert ask(stranger, person) == []
        assert len(theirs.content) == len(nothing.content)
        rows = AuditEvent.objects.filter(account=stranger.actor.account)
        assert {row.patient for row in rows} == {""}


def test_the_surest_comes_first_and_two_certain_ones_are_for_a_person_to_decide(clara: Person) -> None:
    basis = treatment(timezone.localtime(), str(clara.actor.person))
    born = date(1941, 3, 14)
    other = services.admit_patient(clara.actor, name=Name("Brandt", "Heinrich"), birth_date=born, basis=basis)
    assert [each[:2] for each in ask(clara, BY_ADDRESS)] == [(HEINRICH, "certain"), (other.logical_id, "probable")]
    assert [each[0] for each in ask(clara, BY_ADDRESS, count={"valuePositiveInt": 1})] == [HEINRICH]
    repository(clara.actor).update({**other.content, "address": BY_ADDRESS["address"]})
    assert len(ask(clara, BY_ADDRESS)) == 2
    assert ask(clara, BY_ADDRESS, onlyCertainMatches=True) == []
    bundle = content(clara.post("Patient/$match", parameters(resource=BY_ADDRESS, onlyCertainMatches=True)))
    assert bundle["entry"][0]["resource"]["issue"][0]["code"] == "multiple-matches"


def test_a_near_miss_is_possible_and_never_certain(clara: Person) -> None:
    near = {"resourceType": "Patient", "name": [{"family": "Brandt"}], "birthDate": "1941-03-14"}
    assert ask(clara, near) == [(HEINRICH, "possible", SCORES[Grade.POSSIBLE])]
    assert ask(clara, near, onlyCertainMatches=True) == []
    assert ask(clara, {**near, "birthDate": "1941-03-15"}) == []


def test_signs_of_a_search_in_a_name_are_only_signs(clara: Person) -> None:
    for family in ("Brandt,Dettmer", "Brandt|x", "B$andt", "Br\\andt", "Br", "%", "Ö"):
        person = {"resourceType": "Patient", "name": [{"family": family}], "birthDate": "1941-03-14"}
        assert ask(clara, person) == []


def test_one_entry_in_the_log_for_each_patient_who_is_shown(clara: Person) -> None:
    before = AuditEvent.objects.count()
    ask(clara, BY_ADDRESS)
    near = {"resourceType": "Patient", "name": [{"family": "Brandt"}], "birthDate": "1941-03-14"}
    ask(clara, near, onlyCertainMatches=True)
    rows = list(AuditEvent.objects.order_by("id")[before:])
    assert [(row.action, row.patient) for row in rows] == [("match", HEINRICH), ("match", "")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Observation"}, 400),
        (parameters(resource=CERTAINLY, count={"valuePositiveInt": 0}), 400),
        (parameters(resource=CERTAINLY, colour="red"), 400),
        (parameters(resource={"resourceType": "Patient", "birthDate": "yesterday"}), 422),
        (parameters(resource={"resourceType": "Patient", "name": [{"family": f"N{n}"} for n in range(MOST + 1)]}), 422),
    ],
)
def test_what_is_asked_wrongly_is_refused(clara: Person, body: Json, status: int) -> None:
    answer = clara.post("Patient/$match", body)
    assert answer.status_code == status
    assert issue(answer)["severity"] == "error"
    assert clara.get("Patient/$match").status_code == 405
