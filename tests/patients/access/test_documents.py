"""What the access documents say, and what they cannot say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patients.access import codes, documents
from patients.access.derivation import ALWAYS, EVERY_CATEGORY, Span
from patients.accounts.actor import Role

INFORMED = "2026-11-01T10:00:00+01:00"
INFORMED_AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def refer(reference: str) -> dict[str, Any]:
    return {"reference": reference}


def basis(kind: str = "treatment", **parts: Any) -> dict[str, Any]:
    said = {"kind": {"valueCode": kind}, "on": {"valueDateTime": INFORMED},
            "by": {"valueReference": refer("Practitioner/anna")}, **parts}  # fmt: skip
    return {"url": codes.BASIS_EXTENSION, "extension": [{"url": u, **v} for u, v in said.items() if v]}


def team(*participants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [concept(codes.CARE_TEAM_KIND, codes.CARE_LINK)],
        "subject": refer("Patient/heinrich"),
        "participant": list(participants),
        **more,
    }


def moorland(*bases: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"member": refer("Organization/moorland"), "extension": list(bases), **more}


def links(content: dict[str, Any]) -> list[documents.Link]:
    return list(documents.links(content, "CareTeam/1"))


# -- care links


def test_an_organisation_in_the_team_has_a_link_with_its_basis():
    (link,) = links(team(moorland(basis())))
    assert (link.organisation, link.person, link.scope, link.span) == ("moorland", "", EVERY_CATEGORY, ALWAYS)
    assert [one.kind for one in link.bases] == ["treatment"]
    assert link.bases[0].span.since == INFORMED_AT


def test_a_link_lasts_as_long_as_team_and_participation_both_do():
    (link,) = links(
        team(moorland(period={"start": "2026-11-03", "end": "2026-12-24"}), period={"end": "2026-12-01T00:00:00Z"})
    )
    assert link.span.since == datetime(2026, 11, 2, 23, tzinfo=UTC)  # midnight in the district
    assert link.span.until == datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", ["proposed", "suspended", "inactive", "entered-in-error", None])
def test_a_team_that_is_not_active_links_nobody(status: str | None):
    assert links({**team(moorland(basis())), "status": status}) == []


def test_a_team_of_another_kind_links_nobody():
    assert links({**team(moorland(basis())), "category": [concept("http://loinc.org", "LA27976-2")]}) == []


@pytest.mark.parametrize(
    "lacking",
    [
        basis(on=None),
        basis(by=None),
        basis(on={"valueDateTime": "soon"}),
        basis("because"),
        basis("own"),
        basis("emergency"),
        basis("presumed"),  # without a reason
        basis("presumed", reason={"valueString": "unconscious"}, by={"valueReference": refer("RelatedPerson/ida")}),
    ],
)
def test_a_basis_that_lacks_something_is_none(lacking: dict[str, Any]):
    (link,) = links(team(moorland(lacking)))
    assert link.bases == ()


def test_a_presumed_will_ends_after_fourteen_days_whatever_it_says():
    (link,) = links(
        team(moorland(basis("presumed", reason={"valueString": "dementia"}, until={"valueDateTime": "2027-01-01"})))
    )
    assert link.bases[0].span == Span(INFORMED_AT, INFORMED_AT + timedelta(days=14))


def test_a_named_person_has_a_link_only_with_a_basis_of_their_own():
    anna = {"member": refer("Practitioner/anna"), "onBehalfOf": refer("Organization/moorland")}
    assert links(team(anna)) == []
    (link,) = links(team({**anna, "extension": [basis()]}))
    assert (link.organisation, link.person) == ("moorland", "Practitioner/anna")


def test_the_scope_of_a_link_names_categories_and_ignores_others():
    scope = [{"url": codes.SCOPE_EXTENSION, "valueCode": code} for code in ("medication", "gossip")]
    (link,) = links(team(moorland(basis(), *scope)))
    assert link.scope == {"medication"}
    (shut,) = links(team(moorland(basis(), scope[1])))
    assert shut.scope == frozenset()


# -- consents


def consent(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "category": [concept(codes.CONSENT_KIND, codes.SHARING)],
        "patient": refer("Patient/heinrich"),
        "provision": {"provision": list(entries)},
        **more,
    }


def provision(kind: str | None, *whom: str, labels: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": kind} if kind else {}
    if whom:
        entry["actor"] = [{"role": concept("urn:x", "IRCP"), "reference": refer(one)} for one in whom]
    if labels:
        entry["securityLabel"] = [{"system": codes.RECORD_CATEGORY, "code": label} for label in labels]
    return {**entry, **more}


def said(content: dict[str, Any], *, trusted: bool = True) -> list[tuple[bool, str, str, frozenset[str]]]:
    works_at = {"Practitioner/bernd": ("sonnenhof",)}
    found = documents.provisions(content, "Consent/1", lambda person: works_at.get(person, ()), trusted=trusted)
    return [(one.permit, one.organisation, one.person, one.categories) for one in found]


def test_a_consent_of_our_form_permits_and_denies():
    found = said(
        consent(
            provision("permit", "Organization/markt", "RelatedPerson/ida", labels=("clinical", "mental")),
            provision("deny", "Organization/linden", labels=("nursing",)),
            provision("deny", labels=("mental",)),
        )
    )
    assert found == [
        (True, "markt", "", frozenset({"clinical", "mental"})),
        (True, "", "RelatedPerson/ida", frozenset({"clinical", "mental"})),
        (False, "linden", "", frozenset({"nursing"})),
        (False, "", "", frozenset({"mental"})),
    ]


def test_a_permit_that_names_no_category_does_not_open_mental_health_and_a_denial_shuts_it():
    ((*_, opened),) = said(consent(provision("permit", "Organization/markt")))
    ((*_, shut),) = said(consent(provision("deny", "Organization/markt")))
    assert opened == EVERY_CATEGORY - {"mental"}
    assert shut == EVERY_CATEGORY


@pytest.mark.parametrize("status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"])
def test_only_an_active_consent_says_anything(status: str):
    assert said({**consent(provision("deny", "Organization/markt")), "status": status}) == []


MARKT = provision("permit", "Organization/markt")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({**consent(MARKT), "category": [concept("http://loinc.org", "59284-0")]}, "category"),
        (consent(MARKT, provision={}), "neither permit nor deny"),
        ({k: v for k, v in consent().items() if k != "provision"}, "no provision"),
        (consent({**MARKT, "provision": [MARKT]}), "provisions in provisions"),
        (consent(provision={**MARKT, "provision": [MARKT]}), "provisions in provisions"),
        (consent({**MARKT, "purpose": [{"code": "TREAT"}]}), "conditions that are not understood"),
        (consent({**MARKT, "dataPeriod": {"start": "2026"}}), "conditions that are not understood"),
        (consent(provision("permit")), "nobody is named"),
        (consent(provision("permit", "Practitioner/bernd")), "names neither an organisation nor a relative"),
        (consent(provision("permit", "Organization/markt", labels=("gossip",))), "unknown category"),
    ],
)
def test_a_consent_of_another_form_grants_nothing_and_tells_why(content: dict[str, Any], why: str):
    assert documents.why_not_applied(content) == why
    assert said(content) == []


def test_a_consent_of_another_form_still_denies():
    odd = {"purpose": [{"code": "TREAT"}]}
    assert said(consent(provision("deny", "Organization/markt", **odd))) == [(False, "markt", "", EVERY_CATEGORY)]
    assert said(consent(provision("deny", **odd))) == [(False, "", "", EVERY_CATEGORY)]
    assert said(consent(provision("deny", "Practitioner/bernd"))) == [(False, "sonnenhof", "", EVERY_CATEGORY)]
    assert said(consent(provision("deny", "Group/x"))) == [(False, "", "", EVERY_CATEGORY)]
    assert said(consent(provision("deny", "RelatedPerson/ida", **odd))) == [
        (False, "", "RelatedPerson/ida", EVERY_CATEGORY)
    ]
    assert said(consent({**MARKT, "provision": [provision("deny", "Organization/linden")]})) == [
        (False, "linden", "", EVERY_CATEGORY)
    ]


def test_opting_out_denies_all():
    policy = {"policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT")}
    assert (False, "", "", EVERY_CATEGORY) in said({**consent(), **policy, "category": []})


def test_a_consent_that_was_imported_can_only_deny():
    both = consent(MARKT, provision("deny", "Organization/linden", labels=("nursing",)))
    assert said(both, trusted=False) == [(False, "linden", "", frozenset({"nursing"}))]


# -- relatives, functions, break-glass


def representation(**parts: Any) -> dict[str, Any]:
    shown = {
        "evidence": {"valueString": "Betreuerausweis"},
        "by": {"valueReference": refer("Practitioner/mia")},
        **parts,
    }
    scope = [{"url": "scope", "valueCode": code} for code in ("clinical", "consent")]
    return {
        "url": codes.REPRESENTATION_EXTENSION,
        "extension": [*scope, *({"url": url, **value} for url, value in shown.items() if value)],
    }


def test_a_relative_represents_only_with_a_paper_that_somebody_saw():
    ida = {"resourceType": "RelatedPerson", "patient": refer("Patient/heinrich")}
    plain = documents.relation(ida, "RelatedPerson/ida")
    assert plain is not None
    assert plain.scope == frozenset()
    shown = documents.relation({**ida, "extension": [representation()]}, "RelatedPerson/ida")
    assert shown is not None
    assert shown.scope == {"clinical", "consent"}
    for lacking in (representation(evidence=None), representation(by=None)):
        unseen = documents.relation({**ida, "extension": [lacking]}, "RelatedPerson/ida")
        assert unseen is not None
        assert unseen.scope == frozenset()
    assert documents.relation({**ida, "active": False}, "RelatedPerson/ida") is None


def test_a_function_is_a_role_of_ours_in_an_organisation():
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": refer("Practitioner/anna"),
        "organization": refer("Organization/moorland"),
        "code": [concept(codes.ROLE, "nurse"), concept(codes.ROLE, "system"), concept("urn:x", "doctor")],
    }
    (found,) = documents.functions(role)
    assert (found.person, found.organisation, found.role) == ("Practitioner/anna", "moorland", Role.NURSE)
    assert documents.functions({**role, "active": False}) == []
    assert documents.functions({**role, "period": {"start": "2027", "end": "2026"}}) == []


def test_break_glass_needs_a_person_an_organisation_and_an_end():
    task = {
        "resourceType": "Task",
        "status": "requested",
        "requester": refer("Practitioner/david"),
        "executionPeriod": {"start": "2026-11-22T09:00:00Z", "end": "2026-11-22T09:30:00Z"},
    }
    found = documents.emergency(task, "Task/1", "bereitschaft")
    assert found is not None
    assert (found.person, found.organisation) == ("Practitioner/david", "bereitschaft")
    assert documents.emergency({**task, "executionPeriod": {"start": "2026-11-22T09:00:00Z"}}, "Task/1", "b") is None
    assert documents.emergency({**task, "requester": refer("Patient/x")}, "Task/1", "b") is None
    assert documents.emergency({**task, "status": "cancelled"}, "Task/1", "b") is None
    assert documents.emergency(task, "Task/1", None) is None
