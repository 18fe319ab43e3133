"""Small worlds whose documents point to each other, and chains through them; and the naive way to follow one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.patients.records.search import oracle
from tests.patients.records.search.worlds import DATES, OWN, amounts, concepts, quantities, tokens

Json = dict[str, Any]

FAMILIES = ["Brandt", "Kolbe", "Voss"]
IDS = {
    "Patient": ["heinrich", "erna", "ida"],
    "Practitioner": ["anna", "clara"],
    "RelatedPerson": ["daughter"],
    "Organization": ["moorland", "district"],
    "Encounter": ["e0", "e1", "e2"],
    "Condition": ["c0", "c1"],
    "Observation": ["o0", "o1", "o2", "o3"],
}
# by type: the references that chains go along, and the types they may point to
REFERENCES = {
    "Patient": {"general-practitioner": ("generalPractitioner", ["Practitioner", "Organization"])},
    "RelatedPerson": {"patient": ("patient", ["Patient"])},
    "Organization": {"partof": ("partOf", ["Organization"])},
    "Encounter": {
        "subject": ("subject", ["Patient"]),
        "patient": ("subject", ["Patient"]),
        "participant": ("participant.individual", ["Practitioner", "RelatedPerson"]),
        "diagnosis": ("diagnosis.condition", ["Condition"]),
    },
    "Condition": {"patient": ("subject", ["Patient"]), "encounter": ("encounter", ["Encounter"])},
    "Observation": {
        "subject": ("subject", ["Patient"]),
        "patient": ("subject", ["Patient"]),
        "encounter": ("encounter", ["Encounter"]),
        "performer": ("performer", ["Practitioner", "Patient", "Organization", "RelatedPerson"]),
    },
    "Practitioner": {},
}
LEAVES = {
    "Patient": [("name", "brandt"), ("gender", "male"), ("name:exact", "Voss"), ("name:missing", "true"),
                ("_id", "heinrich,ida"), ("identifier", "X1"), ("_tag", f"{OWN}|demo")],
    "RelatedPerson": [("name", "brandt"), ("name", "voss"), ("_lastUpdated", "gt2020")],
    "Practitioner": [("name", "voss"), ("name", "brandt,kolbe"), ("_id", "anna")],
    "Organization": [("name", "kolbe"), ("name:missing", "false")],
    "Encounter": [("status", "planned"), ("status:not", "planned"), ("date", "ge2026"), ("_id", "e0,e1")],
    "Condition": [("code", "8867-4"), ("code:not", "Abc"), ("code", f"{OWN}|")],
    "Observation": [("code", "8867-4"), ("code", "Abc"), ("date", "2026-03"), ("date", "lt2026-03-14"),
                    ("value-quantity", "gt72"), ("status", "final"), ("date:missing", "true")],
}  # fmt: skip
oracle.PARAMETERS |= {
    "RelatedPerson": {"name": oracle.PARAMETERS["Patient"]["name"]},
    "Practitioner": {"name": oracle.PARAMETERS["Patient"]["name"]},
    "Organization": {"name": ("string", oracle.plain(("name",)))},
    "Encounter": {"status": ("token", oracle.code("status")), "date": ("date", oracle.plain(("period",)))},
}
oracle.PARAMETERS["Patient"]["_tag"] = oracle.PARAMETERS["Observation"]["_tag"]


def holds(resource: Json, name: str, given: str, visible: list[Json]) -> bool:
    """Whether a chain, a `_has` or a plain condition holds, looking at every visible document."""
    if name.startswith("_has:"):
        _, type_, by, rest = name.split(":", 3)
        element, _ = REFERENCES[type_][by]
        others = [
            each
            for each in visible
            if each["resourceType"] == type_ and f"{_address(resource)}" in _points(each, element)
        ]
        return any(holds(each, rest, given, visible) for each in others)
    if "." not in name:
        return oracle.matches(resource, name, given)
    head, _, rest = name.partition(".")
    head, _, wanted = head.partition(":")
    element, types = REFERENCES[resource["resourceType"]][head]
    pointed = _points(resource, element)
    others = [
        each
        for each in visible
        if _address(each) in pointed and each["resourceType"] in ([wanted] if wanted else types) and _means(each, rest)
    ]
    return any(holds(each, rest, given, visible) for each in others)


def _means(resource: Json, rest: str) -> bool:
    first = rest.partition(".")[0].partition(":")[0]
    known = oracle.PARAMETERS[resource["resourceType"]].keys() | REFERENCES[resource["resourceType"]].keys()
    return first.startswith("_") or first in known


def _address(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _points(resource: Json, element: str) -> list[str]:
    return [each["reference"].split("/_history/")[0] for each in oracle.items(resource, *element.split("."))]


# -- drawn


def to(*types: str) -> st.SearchStrategy[Json]:
    known = [f"{type_}/{ident}" for type_ in types for ident in IDS[type_]]
    return st.sampled_from([*known, f"{known[0]}/_history/1", f"{types[0]}/nobody"]).map(
        lambda each: {"reference": each}
    )


def _names(one: bool = False) -> st.SearchStrategy[Any]:
    return st.sampled_from(FAMILIES).map(lambda each: [{"family": each}])


def _whole(type_: str, always: Json, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """All of the fields, but for one now and then."""
    left_out = st.sampled_from([*fields, *["nothing"] * 5])
    return st.builds(
        lambda found, absent: {
            "resourceType": type_,
            **always,
            **{name: value for name, value in found.items() if name != absent},
        },
        st.fixed_dictionaries(fields),  # type: ignore[arg-type]
        left_out,
    )


def _whose(type_: str, always: Json, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.builds(
        lambda found, subject: {**found, "subject": subject}, _whole(type_, always, **fields), to("Patient")
    )


ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OF_TYPE = {
    "Patient": _whole(
        "Patient", {}, name=_names(), gender=st.sampled_from(["male", "female"]),
        identifier=st.sampled_from(["X1", "X2"]).map(lambda each: [{"value": each}]),
        generalPractitioner=st.lists(to("Practitioner", "Organization"), min_size=1, max_size=2, unique_by=str),
        meta=st.just({"tag": [{"system": OWN, "code": "demo"}]}),
    ),
    "Practitioner": _whole("Practitioner", {}, name=_names()),
    "RelatedPerson": st.builds(lambda found, patient: {**found, "patient": patient},
                               _whole("RelatedPerson", {}, name=_names()), to("Patient")),
    "Organization": _whole("Organization", {"name": "Dienst"}, name=st.sampled_from(FAMILIES),
                           partOf=to("Organization")),
    "Encounter": _whose(
        "Encounter", {"status": "planned", "class": {"system": ACT, "code": "HH"}},
        status=st.just("finished"), period=st.sampled_from(["2025", "2026-03"]).map(lambda at: {"start": at}),
        participant=st.lists(to("Practitioner", "RelatedPerson").map(lambda each: {"individual": each}), min_size=1,
                             max_size=2),
        diagnosis=st.lists(to("Condition").map(lambda each: {"condition": each}), min_size=1, max_size=2),
    ),
    "Condition": _whose("Condition", {}, code=concepts, encounter=to("Encounter")),
    "Observation": _whose(
        "Observation", {"status": "final", "code": {"text": "?"}}, code=concepts, encounter=to("Encounter"),
        performer=st.lists(to("Practitioner", "Patient", "Organization"), min_size=1, max_size=2, unique_by=str),
        effectiveDateTime=st.sampled_from(DATES), valueQuantity=quantities,
    ),
}  # fmt: skip


def _leaf(draw: st.DrawFn, type_: str) -> tuple[str, str]:
    if type_ == "Observation" and draw(st.integers(0, 3)) == 0:
        return draw(st.tuples(st.just("code"), tokens) | st.tuples(st.just("value-quantity"), amounts))
    return draw(st.sampled_from(LEAVES[type_]))


@st.composite
def links(draw: st.DrawFn, type_: str, most: int = 3) -> tuple[str, str]:
    """A condition that leads from this type through one to three references."""
    ways = [(name, other) for name, (_, types) in REFERENCES[type_].items() for other in types]
    back = [
        (f"_has:{other}:{by}", other)
        for other, named in REFERENCES.items()
        for by, (_, types) in named.items()
        if type_ in types
    ]
    name, other = draw(st.sampled_from([*ways, *back]))
    further = most > 1 and (REFERENCES[other] or other == "Practitioner") and draw(st.integers(0, 2)) == 0
    rest, given = draw(links(other, most - 1)) if further else _leaf(draw, other)
    if name.startswith("_has:"):
        return f"{name}:{rest}", given
    types = REFERENCES[type_][name][1]
    ambiguous = len(types) > 1 and (rest.startswith("_") or draw(st.booleans()))
    return (f"{name}:{other}.{rest}" if ambiguous or draw(st.booleans()) else f"{name}.{rest}"), given


@st.composite
def worlds_and_chains(draw: st.DrawFn) -> tuple[list[Json], list[tuple[str, list[tuple[str, str]]]]]:
    """Documents of all these types, and searches with chains among them."""
    known = [(type_, ident) for type_, idents in IDS.items() for ident in idents]
    absent = draw(st.lists(st.sampled_from(known), max_size=2))
    documents = [{**draw(OF_TYPE[type_]), "id": ident} for type_, ident in known if (type_, ident) not in absent]
    searches = []
    for _ in range(draw(st.integers(6, 12))):
        type_ = draw(st.sampled_from(["Patient", "Encounter", "Condition", "Observation", "Practitioner"]))
        asked = draw(st.lists(links(type_), min_size=1, max_size=1) | st.lists(links(type_), min_size=2, max_size=2))
        if draw(st.integers(0, 3)) == 0:
            asked.append(_leaf(draw, type_))
        searches.append((type_, asked))
    return documents, searches
