"""StructureDefinitions lose their words and keep what the checks need."""

from __future__ import annotations

from patients.records.definitions.build import structures
from patients.records.definitions.build.package import BASE
from tests.patients.records.definitions.build.package import element, package, structure

REFERENCE = structure("Reference", "complex-type", element("Reference.display", "string"))
SYSTEM_STRING = {
    "code": "http://hl7.org/fhirpath/System.String",
    "extension": [{"url": BASE + "structuredefinition-fhir-type", "valueUrl": "string"}],
}


def described(*elements: dict[str, object]) -> dict[str, object]:
    found = structures.structures(package(REFERENCE, structure("Flag", "resource", *elements)))
    return found["Flag"]["fields"]


def test_an_element_is_described_by_type_and_number():
    fields = described(element("Flag.note", "string", min=1, max="*"), element("Flag.code", "string"))
    assert fields == {"note": {"type": "string", "many": True, "least": 1}, "code": {"type": "string"}}


def test_what_belongs_to_a_summary_and_what_changes_the_rest_is_marked():
    fields = described(element("Flag.status", "string", isSummary=True, isModifier=True))
    assert fields == {"status": {"type": "string", "summary": True, "modifier": True}}


def test_targets_are_kept_unless_anything_may_be_referred_to():
    def pointing(name: str, *targets: str) -> dict[str, object]:
        profiles = [BASE + target for target in targets]
        return element(f"Flag.{name}", type=[{"code": "Reference", "targetProfile": profiles}])

    fields = described(pointing("subject", "Patient", "Group"), pointing("focus", "Resource"))
    assert fields == {"subject": {"type": "Reference", "targets": ["Group", "Patient"]}, "focus": {"type": "Reference"}}


def test_a_choice_has_one_field_for_each_type():
    found = structures.structures(
        package(REFERENCE, structure("Flag", "resource", element("Flag.by[x]", "string", "Reference", min=1)))
    )
    assert found["Flag"]["choices"] == [[["byString", "byReference"], 1]]
    assert set(found["Flag"]["fields"]) == {"byString", "byReference"}


def test_a_backbone_and_what_repeats_it_share_one_description():
    part = element("Flag.part", "BackboneElement", max="*")
    again = {"path": "Flag.part.part", "min": 0, "max": "*", "contentReference": "#Flag.part"}
    found = structures.structures(package(REFERENCE, structure("Flag", "resource", part, again)))
    assert found["Flag"]["fields"]["part"]["type"] == "Flag.part"
    assert found["Flag.part"]["fields"]["part"] == {"type": "Flag.part", "many": True}


def test_an_id_is_an_id_and_has_no_extensions():
    assert described(element("Flag.id", type=[SYSTEM_STRING])) == {"id": {"type": "id", "plain": True}}


def test_primitives_keep_their_expression():
    assert structures.primitives(package()) == {"string": ""}
