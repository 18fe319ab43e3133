"""Which links of a resource follow what a transaction creates."""

from __future__ import annotations

from patients.fhir.bundles.references import Links, conditional, named

URN = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
LINKS = Links(
    {URN: "Patient/7", "http://elsewhere.example/fhir/Patient/1": "Patient/8"}, {"Patient?name=x": "Patient/9"}
)


def test_links_follow_where_the_standard_says() -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{URN}">{URN}</a><img src="{URN}" alt=""/></div>'
    before = {
        "resourceType": "Observation",
        "implicitRules": URN,
        "text": {"status": "generated", "div": div},
        "contained": [{"resourceType": "Device", "patient": {"reference": URN}}],
        "identifier": [{"system": URN, "value": URN}],
        "meta": {"profile": [URN]},
        "subject": {"reference": f"{URN}/_history/2", "display": URN},
        "performer": [{"reference": "Patient?name=x"}, {"reference": "#here"}, {"reference": "Practitioner/1"}],
        "extension": [{"url": "urn:x:y", "valueUri": URN}, {"url": "urn:x:z", "valueString": URN}],
        "note": [{"text": URN}],
    }  # fmt: skip
    after = LINKS.followed(before, "")
    assert after["text"]["div"] == div.replace(f'"{URN}"', '"Patient/7"')
    assert after["contained"][0]["patient"]["reference"] == "Patient/7"
    assert after["identifier"] == [{"system": "Patient/7", "value": URN}]
    assert after["meta"] == before["meta"]
    assert after["subject"] == {"reference": "Patient/7/_history/2", "display": URN}
    assert [one["reference"] for one in after["performer"]] == ["Patient/9", "#here", "Practitioner/1"]
    assert [one.get("valueUri", one.get("valueString")) for one in after["extension"]] == ["Patient/7", URN]
    assert after["note"] is before["note"]


def test_relative_references_are_read_beside_the_fullurl_of_their_entry() -> None:
    one = {"resourceType": "Observation", "subject": {"reference": "Patient/1"}}
    assert LINKS.followed(one, "http://elsewhere.example/fhir/Observation/5")["subject"]["reference"] == "Patient/8"
    assert LINKS.followed(one, "http://other.example/fhir/Observation/5") is one
    assert LINKS.followed(one, URN) is one
    absolute = {"resourceType": "Observation", "subject": {"reference": "http://elsewhere.example/fhir/Patient/1"}}
    assert LINKS.followed(absolute, "")["subject"]["reference"] == "Patient/8"


def test_a_bundle_that_is_kept_whole_stays_as_it_is() -> None:
    inner = {"resourceType": "Observation", "subject": {"reference": URN}}
    whole = {"resourceType": "Bundle", "type": "document", "entry": [{"fullUrl": URN, "resource": inner}]}
    assert LINKS.followed(whole, "") is whole


def test_what_is_no_resource_is_left_to_validation() -> None:
    for one in (
        {},
        {"resourceType": 7},
        {"resourceType": "Spaceship"},
        {"resourceType": "Observation", "subject": [7]},
    ):
        assert LINKS.followed(one, "") == one


def test_references_and_criteria_are_found_wherever_they_stand() -> None:
    one = {
        "resourceType": "Encounter",
        "subject": {"reference": "Patient?identifier=x|1"},
        "participant": [{"individual": {"reference": "Practitioner/1/_history/2"}}],
    }
    assert list(conditional(one)) == [("Patient?identifier=x|1", "Patient", "identifier=x|1")]
    assert named(one) == {"Patient?identifier=x|1", "Practitioner/1"}
