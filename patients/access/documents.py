"""What access documents say: CareTeam, Consent, RelatedPerson, PractitionerRole and the Task of break-glass, as facts.

The forms that take effect are described in README.md. Whatever else these types may hold is stored and grants nothing;
a Consent of unknown form still counts as objection where it denies. Contents have passed validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from patients.access import acts, codes, elements
from patients.access.categories import MENTAL, OF_PATIENTS
from patients.access.derivation import EVERY_CATEGORY, Basis, Emergency, Link, Provision, Relation, Span
from patients.access.models import FOREVER, Right
from patients.access.periods import bounds, span_of
from patients.access.representation import representation
from patients.accounts.actor import Role

Content = dict[str, Any]
OrganisationsOf = Callable[[str], Iterable[str]]

OPENED_UNNAMED: Final = EVERY_CATEGORY - {MENTAL}  # by a permit that names no category
PRESUMED_WILL_LASTS: Final = timedelta(days=14)
_BASES: Final = (Right.Basis.TREATMENT, Right.Basis.REPRESENTATIVE, Right.Basis.PRESUMED)
_EMERGENCY_ENDED: Final = ("rejected", "cancelled", "entered-in-error", "failed")
_KNOWN_IN_PROVISION: Final = frozenset({"id", "type", "period", "actor", "securityLabel", "provision"})
_PERSON_TYPES: Final = ("Practitioner", "PractitionerRole")


@dataclass(frozen=True, slots=True)
class Function:
    """A person works in a role for an organisation."""

    person: str
    organisation: str
    role: Role
    span: Span


# -- care links


def links(content: Content, document: str) -> Iterator[Link]:
    """The care links of a CareTeam: one for each participating organisation, or person of one, with its bases."""
    if content.get("status") != "active" or not elements.has_coding(
        content, "category", codes.CARE_TEAM_KIND, codes.CARE_LINK
    ):
        return
    team = span_of(content.get("period"))
    for participant in content.get("participant", ()):
        span = team.within(span_of(participant.get("period")))
        member = elements.reference(participant.get("member"))
        bases = tuple(basis for basis in map(_basis, elements.extensions(participant, codes.BASIS_EXTENSION)) if basis)
        labels = [one.get("valueCode") for one in elements.extensions(participant, codes.SCOPE_EXTENSION)]
        scope = frozenset(label for label in labels if label in OF_PATIENTS) if labels else EVERY_CATEGORY
        if member.startswith("Organization/"):
            yield Link(elements.ident(member), document, span, scope=scope, bases=bases)
        elif member.startswith("Practitioner/") and bases:
            organisation = elements.reference(participant.get("onBehalfOf"))
            if organisation.startswith("Organization/"):
                yield Link(elements.ident(organisation), document, span, person=member, scope=scope, bases=bases)


def _basis(found: Content) -> Basis | None:
    """A basis counts only with all that it needs: when, by whom, and for a presumed will the doctor's reason."""
    parts = elements.parts(found)
    kind = parts.get("kind", {}).get("valueCode")
    moment = bounds(parts.get("on", {}).get("valueDateTime"))
    by = elements.reference(parts.get("by", {}).get("valueReference"))
    if kind not in _BASES or moment is None or not by:
        return None
    until = FOREVER
    if "until" in parts:
        end = bounds(parts["until"].get("valueDateTime"))
        until = end[0] if end else moment[0]
    if kind == Right.Basis.PRESUMED:
        if not parts.get("reason", {}).get("valueString", "").strip() or not by.startswith("Practitioner/"):
            return None
        until = min(until, moment[0] + PRESUMED_WILL_LASTS)
    return Basis(kind, Span(moment[0], until))


# -- consents and objections


def provisions(content: Content, document: str, organisations_of: OrganisationsOf, *, trusted: bool) -> list[Provision]:
    """What a Consent allows and forbids. One that is not `trusted`, or of unknown form, can only forbid."""
    if content.get("status") != "active" or acts.kind_of(content):
        return []
    if not trusted or why_not_applied(content):
        return list(_denials(content, document, organisations_of))
    root = content.get("provision", {})
    outer = span_of(root.get("period"))
    found = []
    for one in elements.on_one_level(root):
        inner = outer.within(span_of(one.get("period")))
        actors: list[Content] = one.get("actor") or [{}]
        for actor in actors:
            kind, _, ident = elements.reference(actor.get("reference")).partition("/")
            found.append(
                Provision(
                    permit=one["type"] == "permit",
                    document=document,
                    organisation=ident if kind == "Organization" else "",
                    person=f"{kind}/{ident}" if kind == "RelatedPerson" else "",
                    categories=_labels(one) or (OPENED_UNNAMED if one["type"] == "permit" else EVERY_CATEGORY),
                    span=inner,
                )
            )
    return found


def why_not_applied(content: Content) -> str:
    """Why this Consent grants nothing and must be read by hand; empty if it takes effect as it stands."""
    if acts.kind_of(content):
        return acts.why_not_applied(content)
    if not elements.has_coding(content, "category", codes.CONSENT_KIND, codes.SHARING):
        return "category"
    root = content.get("provision")
    if not isinstance(root, dict):
        return "no provision"
    entries = elements.on_one_level(root)
    if entries != [root] and ("type" in root or "actor" in root or "securityLabel" in root):
        return "provisions in provisions"
    for one in (root, *entries):
        if not one.keys() <= _KNOWN_IN_PROVISION:
            return "conditions that are not understood"
    for one in entries:
        if one is not root and one.get("provision"):
            return "provisions in provisions"
        if one.get("type") not in ("permit", "deny"):
            return "neither permit nor deny"
        if one["type"] == "permit" and not one.get("actor"):
            return "nobody is named"
        if any(
            not elements.reference(a.get("reference")).startswith(("Organization/", "RelatedPerson/"))
            for a in one.get("actor", ())
        ):
            return "names neither an organisation nor a relative"
        if any(label.get("system") != codes.RECORD_CATEGORY or label.get("code") not in OF_PATIENTS
               for label in one.get("securityLabel", ())):  # fmt: skip
            return "unknown category"
    return ""


def _denials(content: Content, document: str, organisations_of: OrganisationsOf) -> Iterator[Provision]:
    """Each denial of a Consent that cannot be applied, at its widest: against all, where it names nobody we know."""
    root = content.get("provision", {})
    policy = {code for _, code in elements.codings(content.get("policyRule"))}
    if "OPTOUT" in policy:
        yield Provision(permit=False, document=document, span=span_of(root.get("period")))
    for one in elements.provisions(root):
        unsaid = one is root and "OPTIN" in policy and one.get("actor") and "type" not in one
        if one.get("type") != "deny" and not unsaid:
            continue
        span, categories = span_of(one.get("period")), _labels(one) or EVERY_CATEGORY
        for organisation, person in _against(one, organisations_of):
            yield Provision(False, document, organisation, person, categories, span)


def _against(provision: Content, organisations_of: OrganisationsOf) -> Iterator[tuple[str, str]]:
    if not provision.get("actor"):
        yield "", ""
    for actor in provision.get("actor", ()):
        reference = elements.reference(actor.get("reference"))
        kind, _, ident = reference.partition("/")
        if kind == "Organization":
            yield ident, ""
        elif kind == "RelatedPerson":
            yield "", reference
        elif kind in _PERSON_TYPES:
            for organisation in organisations_of(reference):
                yield organisation, ""
        else:
            yield "", ""


def _labels(provision: Content) -> frozenset[str]:
    """The categories that a provision names; empty if it names none, or something that is not ours."""
    labels = provision.get("securityLabel", ())
    if any(label.get("system") != codes.RECORD_CATEGORY or label.get("code") not in OF_PATIENTS for label in labels):
        return frozenset()
    return frozenset(label["code"] for label in labels)


# -- relatives, functions, break-glass


def relation(content: Content, document: str) -> Relation | None:
    """A RelatedPerson; a representative only if someone of staff has seen the paper that says so."""
    if content.get("active") is False:
        return None
    found = representation(content)
    span = span_of(content.get("period"))
    if found is None:
        return Relation(document, document, span)
    return Relation(document, document, span, found.scope, found.span, found.holder)


def functions(content: Content) -> list[Function]:
    """The roles of a PractitionerRole that we know."""
    person, organisation = (
        elements.reference(content.get("practitioner")),
        elements.reference(content.get("organization")),
    )
    if content.get("active") is False or not person.startswith("Practitioner/") or not organisation:
        return []
    known = {role.value: role for role in GIVEN}
    codings = [pair for concept in content.get("code", ()) for pair in elements.codings(concept)]
    roles = [known[code] for system, code in codings if system == codes.ROLE and code in known]
    span = span_of(content.get("period"))
    return [Function(person, elements.ident(organisation), role, span) for role in dict.fromkeys(roles)] if span else []


# The roles that a PractitionerRole can give.
GIVEN: Final = frozenset(Role) - {
    Role.SYSTEM, Role.SYSTEM_CLIENT, Role.GUEST, Role.PATIENT, Role.RELATIVE, Role.REPRESENTATIVE,
}  # fmt: skip


def emergency(content: Content, document: str, custodian: str | None) -> Emergency | None:
    """Break-glass reading: who (requester), for which organisation (custodian), and for how long (executionPeriod)."""
    person, span = elements.reference(content.get("requester")), span_of(content.get("executionPeriod"))
    if not person.startswith("Practitioner/") or not custodian or content.get("status") in _EMERGENCY_ENDED:
        return None
    return Emergency(custodian, person, document, span) if span.until != FOREVER else None
