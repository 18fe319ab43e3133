"""What stands beside the documents of a page: everything that is asked for and may be seen, each once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.database import write
from patients.errors import Invalid
from patients.records import search, store
from patients.records.models import Document
from tests.patients.records.conftest import HEINRICH, Json, Store, person, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Pairs = list[tuple[str, str]]


class Ours:
    """The scope of somebody who sees one custodian's documents only."""

    sql = "d.custodian = %s"
    params = ("ours",)


def beside(type_: str, pairs: Pairs, scope: search.Scope | None = None, **how: Any) -> search.Included:
    found = search.run(search.parse(type_, [pair for pair in pairs if "include" not in pair[0]]), search.Everything())
    return search.included(found.rows, search.parse_includes([type_], pairs), scope or search.Everything(), **how)


def references(found: search.Included) -> list[str]:
    return sorted(document.reference for document in found.documents)


@pytest.fixture
def ward(stored: Store) -> None:
    """Heinrich with two pulses and a diagnosis; the nurse who measured, once."""
    stored(person(), logical_id=HEINRICH)
    stored({"resourceType": "Practitioner", "name": [{"family": "Siemer"}]}, logical_id="anna")
    stored(pulse(performer=[{"reference": "Practitioner/anna"}]), logical_id="first")
    stored(pulse(hasMember=[{"reference": "Observation/first"}]), logical_id="second")
    icd = {"coding": [{"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "I10"}]}
    hypertension = {"resourceType": "Condition", "code": icd, "subject": {"reference": f"Patient/{HEINRICH}"}}
    stored({**hypertension, "asserter": {"reference": "Practitioner/anna"}}, logical_id="high")
    actors = [
        {"actor": {"reference": whom}, "status": "accepted"} for whom in (f"Patient/{HEINRICH}", "Practitioner/anna")
    ]
    stored({"resourceType": "Appointment", "status": "proposed", "participant": actors}, logical_id="visit")


@pytest.mark.parametrize(
    ("type_", "asked", "expected"),
    [
        ("Observation", {"_include": ["Observation:patient"]}, [f"Patient/{HEINRICH}"]),
        ("Observation", {"_include": ["Observation:performer"]}, ["Practitioner/anna"]),
        ("Observation", {"_include": ["Observation:performer:Organization"]}, []),
        ("Observation", {"_include": ["Observation:subject:Patient", "Observation:performer"]},
         [f"Patient/{HEINRICH}", "Practitioner/anna"]),
        ("Observation", {"_include": ["Observation:patient:Group"]}, []),
        ("Appointment", {"_include": ["Appointment:patient"]}, [f"Patient/{HEINRICH}"]),
        ("Appointment", {"_include": ["Appointment:patient:Practitioner"]}, []),
        ("Observation", {"_include": ["*"]}, [f"Patient/{HEINRICH}", "Practitioner/anna"]),
        ("Observation", {"_include": ["Observation:*"]}, [f"Patient/{HEINRICH}", "Practitioner/anna"]),
        ("Observation", {"_include": ["Observation:*:Practitioner"]}, ["Practitioner/anna"]),
        ("Patient", {"_revinclude": ["Observation:subject"]}, ["Observation/first", "Observation/second"]),
        ("Patient", {"_revinclude": ["Condition:patient", "Observation:patient"]},
         ["Condition/high", "Observation/first", "Observation/second"]),
        ("Patient", {"_revinclude": ["*"]},
         ["Appointment/visit", "Condition/high", "Observation/first", "Observation/second"]),
        ("Patient", {"_revinclude": ["Condition:*"]}, ["Condition/high"]),
        ("Practitioner", {"_revinclude": ["Condition:asserter", "Observation:performer"]},
         ["Condition/high", "Observation/first"]),
        ("Practitioner", {"_revinclude": ["Condition:patient"]}, []),
        ("Condition", {"_include": ["Condition:subject"], "_revinclude": ["Observation:focus"]},
         [f"Patient/{HEINRICH}"]),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("ward")
def test_what_is_referred_to_and_what_refers_is_found(
    type_: str, asked: dict[str, list[str]], expected: list[str]
) -> None:
    pairs = [(name, value) for name, values in asked.items() for value in values]
    assert references(beside(type_, pairs)) == expected


@pytest.mark.usefixtures("ward")
def test_a_match_is_not_included_again() -> None:
    assert references(beside("Observation", [("_include", "Observation:has-member")])) == []
    one = beside("Observation", [("_id", "second"), ("_include", "Observation:has-member")])
    assert references(one) == ["Observation/first"]


def test_what_may_not_be_seen_is_not_included(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH, custodian="theirs")
    stored(pulse(), logical_id="a", custodian="ours")
    stored(pulse(), logical_id="b", custodian="theirs")
    assert references(beside("Observation", [("_include", "Observation:patient")], Ours())) == []
    assert references(beside("Patient", [("_revinclude", "Observation:patient")], Ours())) == ["Observation/a"]


def test_what_was_deleted_is_not_included(stored: Store) -> None:
    patient = stored(person(), logical_id=HEINRICH)
    stored(pulse(), logical_id="a")
    with write():
        store.delete(patient)
    assert references(beside("Observation", [("_include", "Observation:patient")])) == []


def test_more_than_a_page_carries_is_told(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH)
    for name in "abc":
        stored(pulse(), logical_id=name)
    asked = [("_revinclude", "Observation:patient")]
    assert references(beside("Patient", asked, most=3)) == ["Observation/a", "Observation/b", "Observation/c"]
    assert not beside("Patient", asked, most=3).more
    cut = beside("Patient", asked, most=2)
    assert (len(cut.documents), cut.more) == (2, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_include", "Observation"),
        ("_include", "Observation:"),
        ("_include", "Observation:code"),
        ("_include", "Observation:colour"),
        ("_include", "Condition:patient"),
        ("_include", "Spaceship:crew"),
        ("_include", "Observation:patient:Spaceship"),
        ("_include", "Observation:patient:Patient:x"),
        ("_include:iterate", "Observation:patient"),
        ("_revinclude:iterate", "Observation:patient"),
        ("_revinclude:recurse", "Observation:patient"),
        ("_revinclude", "QuestionnaireResponse:questionnaire"),
        ("_revinclude", "Spaceship:crew"),
    ],
)
def test_what_cannot_be_included_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        search.parse_includes(["Observation"], [(name, value)])
    assert name in refused.value.text
    assert refused.value.findings[0].where == name


def test_nobody_asks_for_everything_a_hundred_times() -> None:
    types = ["Observation", "Condition", "Encounter", "Task", "Flag", "Goal", "Procedure", "Media"]
    many = [("_revinclude", f"{one}:patient:{other}") for one in types for other in (*types, "Patient")]
    with pytest.raises(Invalid, match="more than 40"):
        search.parse_includes(["Patient"], many)


@pytest.mark.usefixtures("ward")
def test_each_kind_is_one_statement(django_assert_num_queries: Any) -> None:
    found = search.run(search.parse("Observation", []), search.Everything())
    several = [("_include", "Observation:patient"), ("_include", "Observation:performer")]
    back = [("_revinclude", "Observation:has-member"), ("_revinclude", "Condition:evidence-detail")]
    with django_assert_num_queries(2):
        search.included(found.rows, search.parse_includes(["Observation"], [*several, *back]), search.Everything())


# -- versions


def shown(found: search.Included) -> list[tuple[str, int, str]]:
    return sorted((one.reference, one.version, str(one.content["valueQuantity"]["value"])) for one in found.documents)


@pytest.fixture
def corrected(stored: Store) -> Document:
    """A pulse that was corrected twice, and what refers to it, to its versions and to some that it never had."""
    one = stored(pulse("70"), logical_id="one", custodian="ours")
    for value in ("71", "72"):
        with write():
            one = store.update(one, pulse(value), category="clinical")
    for name, version in (("of-first", "/_history/1"), ("of-itself", ""), ("of-last", "/_history/3"),
                          ("of-none", "/_history/9"), ("of-words", "/_history/v1"),
                          ("of-long", f"/_history/{'9' * 60}")):  # fmt: skip
        stored(pulse(derivedFrom=[{"reference": f"Observation/one{version}"}]), logical_id=name)
    return one


@pytest.mark.parametrize("way", ["Observation:derived-from", "Observation:derived-from:Observation", "*"])
@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        ("of-first", [("Observation/one", 1, "70")]),
        ("of-itself", [("Observation/one", 3, "72")]),
        ("of-last", [("Observation/one", 3, "72")]),
        ("of-first,of-itself,of-last", [("Observation/one", 1, "70"), ("Observation/one", 3, "72")]),
        ("of-first,one", [("Observation/one", 1, "70")]),
        ("of-last,one", []),
        ("of-none,of-words,of-long", []),
    ],
)
@pytest.mark.usefixtures("corrected")
def test_the_version_that_a_reference_names_is_included(
    way: str, matches: str, expected: list[tuple[str, int, str]]
) -> None:
    assert shown(beside("Observation", [("_id", matches), ("_include", way)])) == expected


def test_a_version_is_withheld_with_its_document_and_outlives_its_end(corrected: Document, stored: Store) -> None:
    """As a read of it: who may not see the document sees no version, and a deletion takes none away."""
    asked = [("_id", "of-first,of-last"), ("_include", "Observation:derived-from")]
    stored(pulse("60"), logical_id="other", custodian="theirs")
    stored(pulse(derivedFrom=[{"reference": "Observation/other/_history/1"}]), logical_id="of-other")
    hidden = [("_id", "of-other"), ("_include", "Observation:derived-from")]
    assert beside("Observation", hidden, Ours()).documents == ()
    assert shown(beside("Observation", hidden)) == [("Observation/other", 1, "60")]
    with write():
        store.delete(corrected)
    assert shown(beside("Observation", asked, Ours())) == [("Observation/one", 1, "70"), ("Observation/one", 3, "72")]
    stored(pulse(derivedFrom=[{"reference": "Observation/one/_history/4"}]), logical_id="of-end")
    assert beside("Observation", [("_id", "of-end"), ("_include", "Observation:derived-from")]).documents == ()


def test_as_many_versions_cost_as_few(corrected: Document, stored: Store, django_assert_num_queries: Any) -> None:
    for number in range(20):
        stored(
            pulse(derivedFrom=[{"reference": f"Observation/one/_history/{1 + number % 3}"}]), logical_id=f"n{number}"
        )
    found = search.run(search.parse("Observation", []), search.Everything())
    wanted = search.parse_includes(["Observation"], [("_include", "Observation:derived-from")])
    with django_assert_num_queries(3):
        assert len(search.included(found.rows, wanted, search.Everything()).documents) == 2


# -- against a naive look

TARGETS = ["Patient/d0", "Patient/d1", "Patient/gone", "Practitioner/d2", "https://elsewhere.example/Patient/d0"]
WAYS = ["Observation:subject", "Observation:patient", "Observation:performer", "Observation:performer:Patient",
        "Observation:performer:Practitioner", "Observation:*", "Observation:*:Patient", "*"]  # fmt: skip
pointing = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.sampled_from(TARGETS[:3]),
        "performer": st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3, unique=True),
    },
)


@pytest.mark.parametrize("name", ["_include", "_revinclude"])
def test_it_finds_what_a_naive_look_finds(db: None, name: str) -> None:
    @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(pointing, max_size=5), st.sets(st.sampled_from(WAYS), min_size=1, max_size=3))
    def all_ways(observations: list[Json], ways: set[str]) -> None:
        with transaction.atomic():
            people = [_kept(person(), "d0"), _kept(person(), "d1", "theirs")]
            people.append(_kept({"resourceType": "Practitioner"}, "d2"))
            looks = [_kept(_observation(one), f"o{place}", "theirs" if place == 3 else "ours")
                     for place, one in enumerate(observations)]  # fmt: skip
            types, matches = (["Observation"], looks) if name == "_include" else (["Patient", "Practitioner"], people)
            wanted = search.parse_includes(types, [(name, way) for way in sorted(ways)])
            found = references(search.included(matches, wanted, Ours()))
            assert found == _naively(name, ways, looks, people), (observations, ways)
            transaction.set_rollback(True)

    all_ways()


def _kept(resource: Json, ident: str, custodian: str = "ours") -> Document:
    with write():
        return store.create(resource, custodian=custodian, category="clinical", logical_id=ident)


def _observation(points: Json) -> Json:
    told: Json = {"resourceType": "Observation", "status": "final", "code": {"text": "?"}}
    if "subject" in points:
        told["subject"] = {"reference": points["subject"]}
    if "performer" in points:
        told["performer"] = [{"reference": each} for each in points["performer"]]
    return told


def _naively(name: str, ways: set[str], looks: list[Document], people: list[Document]) -> list[str]:
    links = {
        (look.reference, each["reference"])
        for look in looks
        for way in ways
        for element in ("subject", "performer")
        for each in _listed(look.content.get(element))
        if _leads(way, element, each["reference"])
    }
    beside = people if name == "_include" else looks
    ends = {end for link in links for end in link}
    matched = {each.reference for each in (looks if name == "_include" else people)}
    seen = {one for pair in links if (pair[0] if name == "_include" else pair[1]) in matched for one in pair}
    return sorted(one.reference for one in beside if one.custodian == "ours" and one.reference in seen & ends)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _leads(way: str, element: str, reference: str) -> bool:
    _, _, rest = way.partition(":")
    wanted, _, target = rest.partition(":")
    if wanted == "patient":
        wanted, target = "subject", "Patient"
    return wanted in ("", "*", element) and (not target or reference.startswith(f"{target}/"))
