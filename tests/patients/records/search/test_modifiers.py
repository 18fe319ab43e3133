"""Modifiers, places and value sets: what they find."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.database import write
from patients.errors import Invalid
from patients.records import store
from tests.patients.records.conftest import ERNA, HEINRICH, Json, Store, person, pulse
from tests.patients.records.search.test_run import condition, found, ids

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

GENDER = "http://hl7.org/fhir/ValueSet/administrative-gender"
CLINICAL = "http://hl7.org/fhir/ValueSet/condition-clinical"
CATEGORY = "http://hl7.org/fhir/ValueSet/observation-category"
VITAL_SIGNS = "http://hl7.org/fhir/ValueSet/observation-vitalsignresult"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"


# -- value sets


def test_the_codes_of_a_value_set_are_found_with_their_systems(stored: Store) -> None:
    stored(pulse(), logical_id="vital")
    stored(
        pulse(category=[{"coding": [{"system": "https://other.example", "code": "vital-signs"}]}]), logical_id="other"
    )
    none = pulse()
    del none["category"]
    stored(none, logical_id="none")
    assert ids("Observation", f"category:in={CATEGORY}") == ["vital"]
    assert sorted(ids("Observation", f"category:not-in={CATEGORY}")) == ["none", "other"]  # as with :not
    assert ids("Observation", f"category:in={CATEGORY},{GENDER}&code=8867-4") == ["vital"]


def test_a_value_set_of_plain_codes_and_one_of_sealed_codes(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH)
    assert ids("Patient", f"gender:in={GENDER}") == [HEINRICH]
    assert ids("Patient", f"gender:not-in={GENDER}") == []
    assert ids("Patient", f"gender:in={CATEGORY}") == []
    active = {"clinicalStatus": {"coding": [{"system": STATUS, "code": "active"}]}}
    stored(condition(**active), logical_id="active")
    stored(condition(of=ERNA, **active), logical_id="hers")
    stored(condition(), logical_id="unsaid")
    assert sorted(ids("Condition", f"clinical-status:in={CLINICAL}")) == ["active", "hers"]
    assert ids("Condition", f"clinical-status:in={CLINICAL}&patient={HEINRICH}") == ["active"]
    assert ids("Condition", f"clinical-status:not-in={CLINICAL}") == ["unsaid"]
    assert ids("Patient", f"_has:Condition:patient:clinical-status:in={CLINICAL}") == [HEINRICH]


def test_the_value_set_of_an_official_profile_is_known(stored: Store) -> None:
    stored(pulse(), logical_id="vital")
    stored(pulse(code={"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}), logical_id="sugar")
    assert ids("Observation", f"code:in={VITAL_SIGNS}") == ["vital"]
    assert ids("Observation", f"code:not-in={VITAL_SIGNS}") == ["sugar"]


@pytest.mark.parametrize("url", ["http://example.org/ValueSet/1", "http://snomed.info/sct?fhir_vs", "Puls"])
def test_a_value_set_that_is_not_known_is_refused_by_name(url: str) -> None:
    with pytest.raises(Invalid, match="not known here") as caught:
        found("Observation", f"code:in={url}")
    assert url in caught.value.text


# -- what is not so, and what is not there


def test_not_finds_documents_without_the_element_too(stored: Store) -> None:
    stored(pulse(), logical_id="pulse")
    both = {
        "coding": [{"system": "http://loinc.org", "code": "8867-4"}, {"system": "http://loinc.org", "code": "8310-5"}]
    }
    stored(pulse(code=both), logical_id="both")
    stored(pulse(code={"text": "Temperatur"}), logical_id="words")
    assert ids("Observation", "code:not=8867-4") == ["words"]
    assert ids("Observation", "code:not=8310-5,9999-9&_sort=_id") == ["pulse", "words"]
    assert ids("Observation", "value-concept:not=x&_sort=_id") == ["both", "pulse", "words"]


# -- addresses


def test_above_finds_every_beginning_of_an_address(stored: Store) -> None:
    for ident, url in (("root", "https://telecare.example/"), ("one", "https://telecare.example/fhir/Questionnaire/sturz"),
                       ("other", "https://telecare.example/fhir/Questionnaire/schmerz")):  # fmt: skip
        stored({"resourceType": "Questionnaire", "status": "active", "url": url}, logical_id=ident)
    asked = "https://telecare.example/fhir/Questionnaire/sturz/_history/3"
    assert sorted(ids("Questionnaire", f"url:above={asked}")) == ["one", "root"]
    assert ids("Questionnaire", "url:above=https://telecare.example/fhir") == ["root"]
    assert ids("Questionnaire", "url:above=HTTPS://telecare.example/") == []


def test_tags_profiles_labels_and_sources_are_found(stored: Store) -> None:
    meta = {
        "tag": [{"system": "https://telecare.example/tags", "code": "demo"}],
        "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
        "profile": ["https://gematik.de/fhir/isik/StructureDefinition/ISiKVitalparameter"],
        "source": "https://praxis.example/pvs",
    }
    stored(pulse(meta=meta), logical_id="one")
    stored(pulse(), logical_id="other")
    profile = meta["profile"][0]
    for asked in ("_tag=demo", "_tag=https://telecare.example/tags|demo", "_security=R", f"_profile={profile}",
                  "_source=https://praxis.example/pvs", "_tag:missing=false", "_tag=x,demo&_security:not=V",
                  f"_profile:above={profile}/x"):  # fmt: skip
        assert ids("Observation", f"{asked}&code=8867-4") == ["one"], asked
    assert ids("Observation", "_tag:not=demo") == ["other"]


# -- places


def at(latitude: float, longitude: float) -> Json:
    position = {"latitude": Decimal(str(latitude)), "longitude": Decimal(str(longitude))}
    return {"resourceType": "Location", "name": "Praxis", "position": position}


def test_places_near_a_place_are_found(stored: Store) -> None:
    for ident, where in {"vechta": (52.7263, 8.2857), "lohne": (52.6672, 8.2379), "berlin": (52.52, 13.405)}.items():
        stored(at(*where), logical_id=ident)
    stored({"resourceType": "Location", "name": "Irgendwo"}, logical_id="nowhere")
    assert sorted(ids("Location", "near=52.7263|8.2857")) == ["lohne", "vechta"]
    assert ids("Location", "near=52.7263|8.2857|1|km") == ["vechta"]
    assert ids("Location", "near=52.7263|8.2857|1000|m") == ["vechta"]
    assert sorted(ids("Location", "near=52.7263|8.2857|5|[mi_us]")) == ["lohne", "vechta"]
    assert sorted(ids("Location", "near=52.7263|8.2857|400|km")) == ["berlin", "lohne", "vechta"]
    assert sorted(ids("Location", "near=52.5|13.4|5|km,52.66|8.24|2|km")) == ["berlin", "lohne"]
    assert ids("Location", "near:missing=true") == ["nowhere"]
    assert len(ids("Location", "near=0|0|30000|km")) == 3


degrees = st.tuples(
    st.floats(-90, 90).map(lambda each: round(each, 4)), st.floats(-180, 180).map(lambda each: round(each, 4))
)


def angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two places, by the vectors from the middle of the earth."""
    first, second = (
        (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        for lat, lon in (tuple(map(math.radians, each)) for each in (one, other))
    )
    return math.atan2(math.dist(first, second), math.dist(first, tuple(-each for each in second))) * 2


def test_the_distance_is_that_on_a_sphere(db: None) -> None:
    @settings(max_examples=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(degrees, min_size=1, max_size=6), degrees, st.integers(1, 20_100))
    def everywhere(places: list[tuple[float, float]], middle: tuple[float, float], distance: int) -> None:
        with transaction.atomic():
            for number, place in enumerate(places):
                with write():
                    store.create(at(*place), custodian="m", category="directory", logical_id=f"l{number}")
            metres = [angle(place, middle) * 6_371_008.8 for place in places]
            expected = [f"l{number}" for number, each in enumerate(metres) if each <= distance * 1000]
            unsure = [f"l{number}" for number, each in enumerate(metres) if abs(each - distance * 1000) < 0.01]
            near = ids("Location", f"near={middle[0]}|{middle[1]}|{distance}|km")
            assert set(near) - set(unsure) == set(expected) - set(unsure)
            transaction.set_rollback(True)

    everywhere()


# -- a code together with a reference


def test_a_document_is_found_by_what_it_replaces(stored: Store) -> None:
    def paper(*relations: tuple[str, str]) -> Json:
        related = [{"code": code, "target": {"reference": target}} for code, target in relations]
        content = [{"attachment": {"contentType": "application/pdf", "url": "Binary/b"}}]
        return {"resourceType": "DocumentReference", "status": "current", "content": content,
                "subject": {"reference": f"Patient/{HEINRICH}"}, "relatesTo": related}  # fmt: skip

    stored(paper(("replaces", "DocumentReference/old"), ("appends", "DocumentReference/other")), logical_id="new")
    stored(paper(("appends", "https://elsewhere.example/DocumentReference/old")), logical_id="more")
    for whose in ("", f"&patient={HEINRICH}"):
        for asked in ("replaces$DocumentReference/old", "replaces$old", "appends$DocumentReference/other"):
            assert ids("DocumentReference", f"relationship={asked}{whose}") == ["new"], asked
        for asked in ("appends$DocumentReference/old", "appends$old", "replaces$other", "replaces$Binary/old"):
            assert ids("DocumentReference", f"relationship={asked}{whose}") == [], asked
        asked = "appends$https://elsewhere.example/DocumentReference/old"
        assert ids("DocumentReference", f"relationship={asked}{whose}") == ["more"]
