"""The invariants of the resource types that are served. https://hl7.org/fhir/R4/resourcelist.html"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from patients.records.validation.datatypes import later, refers_to, without_comparator
from patients.records.validation.rules import (
    NOWHERE,
    Json,
    Rule,
    Surroundings,
    chosen,
    coded,
    has,
    implied,
    needs,
    not_both,
    only_if,
    some_of,
)

ALLERGY_STATUS = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
CONDITION_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_COURSE = "http://terminology.hl7.org/CodeSystem/condition-clinical"
RANGED = {"choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity"}
LIMITED = {"boolean", "decimal", "integer", "string", "text", "url", "open-choice"}
NOT_DISPLAY = {"group", "attachment", "reference"} | RANGED | LIMITED
CANCELLED = {"no-show", "cancelled"}
FOUND = {"searchset", "history"}
DISAGREEING = {"message", "collection"}  # official examples of these types have entries that disagree


_RESTFUL = re.compile(r"https?://.+/([A-Z][A-Za-z]{1,60})/([A-Za-z0-9.-]{1,64})")


def _codings(concept: Json) -> set[tuple[Any, Any]]:
    return {(coding.get("system"), coding["code"]) for coding in concept.get("coding", ()) if "code" in coding}


def _value_once(node: Json, around: Surroundings) -> bool:
    """obs-7: a component must not repeat the observation's own code beside its value."""
    if "component" not in node or not chosen(node, "value"):
        return True
    own = _codings(node.get("code", {}))
    return not any(own & _codings(component["code"]) for component in node["component"] if "code" in component)


def _entries(node: Json, name: str, types: tuple[str, ...]) -> bool:
    wanted = node.get("type") in types
    return all(has(entry, name) == wanted for entry in node.get("entry", ()))


def _requested(node: Json, around: Surroundings) -> bool:
    return _entries(node, "request", ("batch", "transaction", "history"))


def _answered(node: Json, around: Surroundings) -> bool:
    return _entries(node, "response", ("batch-response", "transaction-response", "history"))


def _distinct_addresses(node: Json, around: Surroundings) -> bool:
    if node.get("type") == "history":
        return True
    seen = [
        (entry["fullUrl"], entry.get("resource", {}).get("meta", {}).get("versionId"))
        for entry in node.get("entry", ())
        if "fullUrl" in entry
    ]
    return len(set(seen)) == len(seen)


def _whole_addresses(node: Json, around: Surroundings) -> bool:
    """What is still to be written may be named in any way."""
    if node.get("type") in ("batch", "transaction"):
        return True
    return all(":" in entry.get("fullUrl", ":") for entry in node.get("entry", ()))


def _same_type(node: Json, around: Surroundings) -> bool:
    named = refers_to({"reference": node["fullUrl"]}, NOWHERE) if "resource" in node and "fullUrl" in node else None
    return not named or named == node["resource"]["resourceType"]


def names_another(entry: Json) -> bool:
    """Whether the fullUrl of an entry, where it is the address of a resource, disagrees with the id beside it.

    https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl
    """
    resource = entry.get("resource", {})
    found = _RESTFUL.fullmatch(entry.get("fullUrl", ""))
    return found is not None and "id" in resource and found.groups() != (resource.get("resourceType"), resource["id"])


def _agreeing(entry: Json, around: Surroundings) -> bool:
    told = around.resource.get("type") in DISAGREEING or not _same_type(entry, around)
    return told or not names_another(entry)


def _first_is(type_: str) -> Callable[[Json], bool]:
    def holds(bundle: Json) -> bool:
        first: Json = next(iter(bundle.get("entry", ())), {})
        return bool(first.get("resource", {}).get("resourceType") == type_)

    return holds


def _link_ids(items: list[Json]) -> Iterator[str]:
    for item in items:
        if "linkId" in item:
            yield item["linkId"]
        yield from _link_ids(item.get("item", []))


def _distinct_link_ids(node: Json, around: Surroundings) -> bool:
    found = list(_link_ids(node.get("item", [])))
    return len(set(found)) == len(found)


def _not_at_home(node: Json, around: Surroundings) -> bool:
    return all(each.get("use") != "home" for name in ("telecom", "address") for each in node.get(name, ()))


def _status_of_allergy(node: Json, around: Surroundings) -> bool:
    wrong = coded(node.get("verificationStatus"), ALLERGY_STATUS, "entered-in-error")
    return wrong != has(node, "clinicalStatus")


def _status_of_condition(node: Json, around: Surroundings) -> bool:
    wrong = coded(node.get("verificationStatus"), CONDITION_STATUS, "entered-in-error")
    return not (wrong and has(node, "clinicalStatus"))


def _abated(node: Json, around: Surroundings) -> bool:
    over = coded(node.get("clinicalStatus"), CONDITION_COURSE, "resolved", "remission", "inactive")
    return over or not chosen(node, "abatement")


def _touched_in_order(node: Json, around: Surroundings) -> bool:
    return not ("authoredOn" in node and "lastModified" in node and later(node["authoredOn"], node["lastModified"]))


def _without_times(node: Json, around: Surroundings) -> bool:
    return (has(node, "start") and has(node, "end")) or node.get("status") in ("proposed", "cancelled", "waitlist")


def _deleted_in_changes(node: Json, around: Surroundings) -> bool:
    return node.get("mode") == "changes" or not any(has(each, "deleted") for each in node.get("entry", ()))


def _dated_in_working(node: Json, around: Surroundings) -> bool:
    return node.get("mode") == "working" or not any(has(each, "date") for each in node.get("entry", ()))


def _scored(node: Json, around: Surroundings) -> bool:
    return node.get("type") == "searchset" or not any("search" in entry for entry in node.get("entry", ()))


def _identified(node: Json) -> bool:
    identifier: Json = node.get("identifier", {})
    return "system" in identifier and "value" in identifier


def _combined(node: Json, around: Surroundings) -> bool:
    return len(node.get("enableWhen", ())) <= 1 or has(node, "enableBehavior")


def _one_first_value(node: Json, around: Surroundings) -> bool:
    return node.get("repeats") is True or len(node.get("initial", ())) <= 1


def _on_behalf(node: Json, around: Surroundings) -> bool:
    return not has(node, "onBehalfOf") or refers_to(node.get("member", {}), around) in ("", "Practitioner")


RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "AllergyIntolerance": (
        Rule("ait-1, ait-2", "An allergy has a clinical status unless entered in error.", _status_of_allergy),
    ),
    "Appointment": (
        Rule("app-2", "A start needs an end and an end a start.", lambda n, _: has(n, "start") == has(n, "end")),
        Rule("app-3", "Only what is proposed, cancelled or waitlisted goes without start and end.", _without_times),
        only_if("app-4", "Only what is cancelled has a reason for it.", "status", CANCELLED, "cancelationReason"),
    ),
    "Appointment.participant": (some_of("app-1", "A participant needs a type or an actor.", "type", "actor"),),
    "AppointmentResponse": (
        some_of("apr-1", "The answer needs the participant's type or actor.", "participantType", "actor"),
    ),
    "AuditEvent.entity": (not_both("sev-1", "Either a name or a query.", "name", "query"),),
    "Bundle": (
        only_if("bdl-1", "A total belongs to search results and histories.", "type", FOUND, "total"),
        Rule("bdl-2", "Search scores belong to search results.", _scored),
        Rule("bdl-3", "Requests stand in batches, transactions and histories: in every entry.", _requested),
        Rule("bdl-4", "Responses stand in answers and histories: in every entry.", _answered),
        Rule("bdl-7", "Each fullUrl stands once.", _distinct_addresses),
        Rule("fullUrl", "A fullUrl is a whole address.", _whole_addresses),
        implied("bdl-9", "A document has an identifier with system and value.", "type", "document", _identified),
        implied("bdl-10", "A document has a timestamp.", "type", "document", lambda n: "timestamp" in n),
        implied("bdl-11", "A document begins with a Composition.", "type", "document", _first_is("Composition")),
        implied("bdl-12", "A message begins with a MessageHeader.", "type", "message", _first_is("MessageHeader")),
    ),
    "Bundle.entry": (
        some_of("bdl-5", "An entry has a resource, a request or a response.", "resource", "request", "response"),
        Rule("fullUrl", "The fullUrl names a resource of another type.", _same_type),
        Rule("bdl-8", "A fullUrl names no version.", lambda n, _: "/_history/" not in n.get("fullUrl", "")),
        Rule("fullUrl", "A fullUrl agrees with the id of its resource.", _agreeing),
    ),
    "CarePlan.activity.detail": (without_comparator("dailyAmount", "quantity"),),
    "CareTeam.participant": (
        Rule("ctm-1", "Only a practitioner takes part on behalf of an organization.", _on_behalf),
    ),
    "CarePlan.activity": (not_both("cpl-3", "Either a detail or a reference.", "detail", "reference"),),
    "Composition.section": (
        some_of("cmp-1", "A section has a text, entries or sections.", "text", "entry", "section"),
        not_both("cmp-2", "A section with entries is not empty for a reason.", "emptyReason", "entry"),
    ),
    "Condition": (
        Rule("con-4", "A condition that has ended is resolved, in remission or inactive.", _abated),
        Rule("con-5", "A condition entered in error has no clinical status.", _status_of_condition),
    ),
    "Condition.stage": (some_of("con-1", "A stage has a summary or an assessment.", "summary", "assessment"),),
    "Condition.evidence": (some_of("con-2", "Evidence has a code or a detail.", "code", "detail"),),
    "Consent": (some_of("ppc-1", "A consent names a policy or a policy rule.", "policy", "policyRule"),),
    "Goal.target": (
        Rule("gol-1", "A target needs what is measured.", lambda n, _: not chosen(n, "detail") or has(n, "measure")),
    ),
    "Group": (
        Rule(
            "grp-1", "Only an actual group has members.", lambda n, _: not has(n, "member") or n.get("actual") is True
        ),
    ),
    "Immunization": (without_comparator("doseQuantity"),),
    "Immunization.education": (
        some_of("imm-1", "Education needs a document type or a reference.", "documentType", "reference"),
    ),
    "MedicationRequest.dispenseRequest": (without_comparator("quantity"),),
    "MedicationRequest.dispenseRequest.initialFill": (without_comparator("quantity"),),
    "List": (
        not_both("lst-1", "A list with entries is not empty for a reason.", "emptyReason", "entry"),
        Rule("lst-2", "Entries are marked as deleted in lists of changes only.", _deleted_in_changes),
        Rule("lst-3", "Entries carry dates in working lists only.", _dated_in_working),
    ),
    "Observation": (
        Rule(
            "obs-6",
            "Either a value or a reason why there is none.",
            lambda n, _: "dataAbsentReason" not in n or not chosen(n, "value"),
        ),
        Rule("obs-7", "A component must not repeat the code whose value stands above.", _value_once),
    ),
    "Observation.referenceRange": (
        without_comparator("low", "high"),
        some_of("obs-3", "A reference range has a low or high end or a text.", "low", "high", "text"),
    ),
    "Organization": (
        some_of("org-1", "An organization has a name or an identifier.", "name", "identifier"),
        Rule("org-2, org-3", "An organization has no home address or number.", _not_at_home),
    ),
    "Patient.contact": (
        some_of(
            "pat-1",
            "A contact needs name, number, address or organization.",
            "name",
            "telecom",
            "address",
            "organization",
        ),
    ),
    "Questionnaire": (Rule("que-2", "Each linkId stands once.", _distinct_link_ids),),
    "Questionnaire.item": (
        implied("que-1", "A group has items.", "type", "group", lambda n: has(n, "item")),
        only_if("que-1", "A display has no items.", "type", NOT_DISPLAY, "item"),
        only_if("que-3", "A display has no code.", "type", NOT_DISPLAY, "code"),
        not_both("que-4", "Answers are listed or a value set, not both.", "answerOption", "answerValueSet"),
        only_if("que-5", "This type has no fixed answers.", "type", RANGED, "answerValueSet", "answerOption"),
        only_if("que-6", "A display is neither required nor repeated.", "type", NOT_DISPLAY, "required", "repeats"),
        only_if("que-8", "Groups and displays have no first value.", "type", NOT_DISPLAY - {"group"}, "initial"),
        only_if("que-9", "A display is not read-only.", "type", NOT_DISPLAY, "readOnly"),
        only_if("que-10", "Questions of this type have no greatest length.", "type", LIMITED, "maxLength"),
        not_both("que-11", "Listed answers mark the first one themselves.", "answerOption", "initial"),
        Rule("que-12", "Several conditions need to say how they combine.", _combined),
        Rule("que-13", "Only a repeating question has several first values.", _one_first_value),
    ),
    "Questionnaire.item.enableWhen": (
        implied(
            "que-7", "Whether it exists is true or false.", "operator", "exists", lambda n: has(n, "answerBoolean")
        ),
    ),
    "QuestionnaireResponse.item": (not_both("qrs-1", "Items stand below the answer.", "answer", "item"),),
    "ServiceRequest": (needs("prr-1", "Details of an order need its code.", "orderDetail", "code"),),
    "Task": (Rule("inv-1", "A task is not changed before it was written.", _touched_in_order),),
}
