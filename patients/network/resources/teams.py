"""A CareTeam read back: each organisation's care link with its time, bases, contact, and whether it was accepted.

On the participant, beside what patients/access/README.md describes: `…/acceptance`: the organisation was asked whether
it cares, and if it says so, `by` whom and `on` when; `…/substitute` (Reference): in whose place this organisation acts,
for the time of its period; `…/hand-over` (dateTime): from when on it cares alone, where whoever began the link hands
the patient over.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from patients.access import codes
from patients.access.derivation import Span
from patients.access.periods import bounds, span_of
from patients.network.resources.basics import Resource, moment
from patients.network.resources.links import Basis, bases_of
from patients.network.resources.working import SUBSTITUTE, substitute_of

ACCEPTANCE: Final = f"{codes.OURS}/StructureDefinition/acceptance"
HAND_OVER: Final = f"{codes.OURS}/StructureDefinition/hand-over"


@dataclass(frozen=True, slots=True)
class CareLink:
    """One organisation's part in a CareTeam. Ids of organisations; references of people."""

    organisation: str
    span: Span
    manager: str
    contact: str
    bases: tuple[Basis, ...]
    scope: tuple[str, ...]
    asked: bool
    accepted_by: str
    accepted_on: datetime | None
    stands_in_for: str
    alone_from: datetime | None  # the manager hands the patient over to it from that moment on

    @property
    def needs_accepting(self) -> bool:
        """Whether the organisation was asked, and has not answered yet."""
        return self.asked and not self.accepted_by


def care_links(team: Resource) -> list[CareLink]:
    """The care links of a CareTeam, whether they last or not; of an organisation that takes part twice, one in all."""
    outer = span_of(team.get("period"))
    managers = [_reference(one) for one in team.get("managingOrganization", ())]
    manager = next((one.removeprefix("Organization/") for one in managers), "")
    contacts = _contacts(team)
    parts: dict[str, list[Resource]] = defaultdict(list)
    for one in team.get("participant", ()):
        if (member := _reference(one.get("member", {}))).startswith("Organization/"):
            parts[member.removeprefix("Organization/")].append(one)
    return [_care_link(name, held, outer, manager, contacts.get(name, "")) for name, held in parts.items()]


def _care_link(organisation: str, parts: list[Resource], outer: Span, manager: str, contact: str) -> CareLink:
    spans = [outer.within(span_of(one.get("period"))) for one in parts]
    answers = [one for one in parts if accepted_by(one)]
    return CareLink(
        organisation=organisation,
        span=Span(min(one.since for one in spans), max(one.until for one in spans)),
        manager=manager,
        contact=contact,
        bases=tuple(dict.fromkeys(basis for one in parts for basis in bases_of(one))),
        scope=tuple(
            str(one.get("valueCode", "")) for each in parts for one in _extensions(each, codes.SCOPE_EXTENSION)
        ),
        asked=any(_extensions(one, ACCEPTANCE) for one in parts),
        accepted_by=accepted_by(answers[0]) if answers else "",
        accepted_on=_accepted_on(answers[0]) if answers else None,
        stands_in_for=next((found for one in parts if (found := substitute_of(one))), "").removeprefix("Organization/"),
        alone_from=next(
            (_moment(one.get("valueDateTime")) for part in parts for one in _extensions(part, HAND_OVER)), None
        ),
    )


def asking(team: Resource) -> Resource:
    """The CareTeam, whose only organisation is asked whether it cares."""
    said: Resource = {"url": ACCEPTANCE, "extension": [{"url": "asked", "valueBoolean": True}]}
    return _with(team, said)


def standing_in(team: Resource, organisation: str) -> Resource:
    """The CareTeam, whose only organisation acts in the place of this one."""
    said: Resource = {"url": SUBSTITUTE, "valueReference": {"reference": f"Organization/{organisation}"}}
    return _with(team, said)


def taking_over(team: Resource, since: datetime) -> Resource:
    """The CareTeam, whose only organisation cares alone from this moment on, in place of the one who began it."""
    return _with(team, {"url": HAND_OVER, "valueDateTime": moment(since)})


def _with(team: Resource, said: Resource) -> Resource:
    first, *others = team["participant"]
    return {**team, "participant": [{**first, "extension": [*first.get("extension", ()), said]}, *others]}


def accepted(team: Resource, organisation: str, *, by: str, on: datetime) -> Resource:
    """The CareTeam, in which the organisation has accepted its part."""
    said: Resource = {
        "url": ACCEPTANCE,
        "extension": [
            {"url": "by", "valueReference": {"reference": by}},
            {"url": "on", "valueDateTime": moment(on)},
        ],
    }

    def answered(part: Resource) -> Resource:
        if not _extensions(part, ACCEPTANCE):
            return part
        rest = without_acceptance(part)
        return {**rest, "extension": [*rest.get("extension", ()), said]}

    here = f"Organization/{organisation}"
    parts = [answered(one) if _reference(one.get("member", {})) == here else one for one in team.get("participant", ())]
    return {**team, "participant": parts}


def accepted_by(participant: Resource) -> str:
    """Who accepted for the organisation (a reference); "" while nobody has."""
    return _reference(_parts(participant).get("by", {}).get("valueReference", {}))


def without_acceptance(participant: Resource) -> Resource:
    """The participant without whether it was asked, and what it answered."""
    kept = [one for one in participant.get("extension", ()) if one.get("url") != ACCEPTANCE]
    rest = {name: value for name, value in participant.items() if name != "extension"}
    return {**rest, "extension": kept} if kept else rest


def _accepted_on(participant: Resource) -> datetime | None:
    return _moment(_parts(participant).get("on", {}).get("valueDateTime"))


def _parts(participant: Resource) -> dict[str, Resource]:
    return {
        str(one.get("url")): one for said in _extensions(participant, ACCEPTANCE) for one in said.get("extension", ())
    }


def _contacts(team: Resource) -> dict[str, str]:
    named: dict[str, str] = {}
    for one in team.get("participant", ()):
        member = _reference(one.get("member", {}))
        if member.startswith("Practitioner/"):
            named.setdefault(_reference(one.get("onBehalfOf", {})).removeprefix("Organization/"), member)
    return named


def _moment(text: object) -> datetime | None:
    found = bounds(text)
    return found[0] if found else None


def _extensions(element: Resource, url: str) -> list[Resource]:
    return [one for one in element.get("extension", ()) if one.get("url") == url]


def _reference(value: Resource) -> str:
    return str(value.get("reference", ""))
