"""Tasks about access as FHIR: reading in an emergency, asking a team for access; and read back.

`Task.code` tells which (patients/access/README.md); what people say about it afterwards stands in `Task.note`,
each with author, moment and, in the extension `verdict`, a code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from patients.access import codes
from patients.access.models import EVER
from patients.network.resources.basics import Resource, concept, moment

REASONS: Final = ("unresponsive", "danger", "cover")  # why a record is opened in an emergency
VERDICTS: Final = ("in-order", "to-clarify", "not-in-order")  # of those who look at it afterwards
OPEN: Final = "requested"
GRANTED, REFUSED = "completed", "rejected"  # of a request
_WHY: Final = f"{codes.OURS}/CodeSystem/emergency-reason"
_VERDICT: Final = f"{codes.OURS}/StructureDefinition/verdict"
_ORGANISATION: Final = "asking-organisation"
_PERSON: Final = "person"  # id of the contained Patient of a request


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said about it: `verdict` is one of VERDICTS for a review, empty for an answer."""

    by: str  # FHIR reference
    at: datetime
    text: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Emergency:
    """One reading in an emergency."""

    id: str
    version: int
    patient: str
    reader: str  # FHIR reference
    organisation: str
    kind: str  # one of REASONS
    reason: str
    since: datetime
    until: datetime
    reviews: tuple[Word, ...]

    @property
    def over(self) -> bool:
        return self.until <= timezone.now()

    @property
    def waits(self) -> bool:
        """Whether somebody still has to say how it was: nobody did, or it has to be clarified."""
        return not self.reviews or self.reviews[-1].verdict == "to-clarify"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody outside asks for access. `patient` is empty in the paper of those who ask."""

    id: str
    version: int
    patient: str
    asker: str  # FHIR reference
    organisation: str
    reason: str
    at: datetime
    status: str
    based_on: str  # id of the paper of those who ask
    person: Resource | None
    answer: Word | None


# -- reading in an emergency


def emergency(
    patient: str, *, reader: str, organisation: str, kind: str, reason: str, since: datetime, until: datetime
) -> Resource:
    """A Task from which break-glass reading follows, for as long as `executionPeriod` says."""
    return {
        **_task(codes.EMERGENCY_ACCESS, "in-progress", reader, reason, since),
        "for": {"reference": f"Patient/{patient}"},
        "reasonCode": concept(_WHY, kind),
        "executionPeriod": {"start": moment(since), "end": moment(until)},
        "input": [_organisation(organisation)],
    }


def ended(content: Resource, at: datetime) -> Resource:
    """The same, over: at once, or at its end if that has passed."""
    lasting = content["executionPeriod"]
    end = min(at, parse_datetime(lasting["end"]) or at)
    return {**_changed(content, "completed", at), "executionPeriod": {**lasting, "end": moment(end)}}


def reading_of(content: Resource) -> Emergency:
    """A reading in an emergency, from its Task."""
    lasting = content.get("executionPeriod", {})
    codings = content.get("reasonCode", {}).get("coding", ())
    return Emergency(
        id=content["id"],
        version=int(content["meta"]["versionId"]),
        patient=_reference(content.get("for")).removeprefix("Patient/"),
        reader=_reference(content.get("requester")),
        organisation=_organisation_in(content),
        kind=next((one["code"] for one in codings if one.get("system") == _WHY), ""),
        reason=content.get("description", ""),
        since=_moment(lasting.get("start")),
        until=_moment(lasting.get("end")),
        reviews=tuple(_words(content)),
    )


# -- asking for access


def request(person: Resource, *, asker: str, organisation: str, reason: str, at: datetime) -> Resource:
    """The paper of those who ask: whom they mean, in their own words. It names nobody of the network."""
    return {
        **_task(codes.ACCESS_REQUEST, OPEN, asker, reason, at),
        "contained": [{**person, "id": _PERSON}],
        "focus": {"reference": f"#{_PERSON}"},
        "input": [_organisation(organisation)],
    }


def delivered(paper: Resource, patient: str, *, owner: str) -> Resource:
    """The request as the team of a patient gets it, for the worklist of `owner` (an organisation, or empty)."""
    received = {
        **_task(codes.ACCESS_REQUEST, OPEN, _reference(paper["requester"]), paper["description"], _at(paper)),
        "basedOn": [{"reference": f"Task/{paper['id']}"}],
        "for": {"reference": f"Patient/{patient}"},
        "input": paper["input"],
    }
    return {**received, "owner": {"reference": f"Organization/{owner}"}} if owner else received


def answered(content: Resource, status: str, *, by: str, words: str, at: datetime) -> Resource:
    """A request with the answer of the team."""
    return with_word(_changed(content, status, at), Word(by, at, words))


def request_of(content: Resource) -> Request:
    """A request, from the paper of those who ask or from that of the team."""
    return Request(
        id=content["id"],
        version=int(content["meta"]["versionId"]),
        patient=_reference(content.get("for")).removeprefix("Patient/"),
        asker=_reference(content.get("requester")),
        organisation=_organisation_in(content),
        reason=content.get("description", ""),
        at=_at(content),
        status=content["status"],
        based_on=next((_reference(one) for one in content.get("basedOn", ())), "").removeprefix("Task/"),
        person=next(iter(content.get("contained", ())), None),
        answer=next(reversed(_words(content)), None),
    )


# -- what they share


def with_word(content: Resource, said: Word) -> Resource:
    """The Task with a further word about it."""
    note: Resource = {"authorReference": {"reference": said.by}, "time": moment(said.at), "text": said.text or "–"}
    if said.verdict:
        note["extension"] = [{"url": _VERDICT, "valueCode": said.verdict}]
    return {**content, "note": [*content.get("note", ()), note], "lastModified": moment(said.at)}


def is_about(content: Resource, code: str) -> bool:
    """Whether this Task is of that kind."""
    codings: Sequence[Resource] = content.get("code", {}).get("coding", ())
    return any(one.get("system") == codes.TASK_CODE and one.get("code") == code for one in codings)


def _task(code: str, status: str, requester: str, words: str, at: datetime) -> Resource:
    return {
        "resourceType": "Task",
        "status": status,
        "intent": "order" if code == codes.EMERGENCY_ACCESS else "proposal",
        "code": concept(codes.TASK_CODE, code),
        "description": words,
        "requester": {"reference": requester},
        "authoredOn": at.isoformat(timespec="seconds"),
        "lastModified": at.isoformat(timespec="seconds"),
    }


def _changed(content: Resource, status: str, at: datetime) -> Resource:
    return {**content, "status": status, "lastModified": moment(at)}


def _organisation(ident: str) -> Resource:
    return {"type": concept(codes.TASK_CODE, _ORGANISATION), "valueReference": {"reference": f"Organization/{ident}"}}


def _organisation_in(content: Resource) -> str:
    found = (
        _reference(one.get("valueReference"))
        for one in content.get("input", ())
        if any(coding.get("code") == _ORGANISATION for coding in one.get("type", {}).get("coding", ()))
    )
    return next(found, "").removeprefix("Organization/")


def _words(content: Resource) -> list[Word]:
    return [
        Word(
            _reference(one.get("authorReference")),
            _moment(one.get("time")),
            one["text"],
            next((more.get("valueCode", "") for more in one.get("extension", ()) if more.get("url") == _VERDICT), ""),
        )
        for one in content.get("note", ())
    ]


def _reference(value: Resource | None) -> str:
    return str((value or {}).get("reference", ""))


def _at(content: Resource) -> datetime:
    return _moment(content.get("authoredOn"))


def _moment(text: str | None) -> datetime:
    """A moment; what has none is of old."""
    return parse_datetime(text or "") or EVER


# -- asking for erasure

RECEIVED, CARRIED_OUT_LATER, ERASED, KEPT = "received", "in-progress", "completed", "rejected"
GROUNDS: Final = ("retention", "claims", "other")  # why a custodian keeps what it was asked to erase


@dataclass(frozen=True, slots=True)
class Erasure:
    """The patient asks one custodian to erase. `until` is the last day on which it is kept, where it is."""

    id: str
    version: int
    patient: str
    custodian: str
    asker: str  # FHIR reference
    words: str
    at: datetime
    status: str
    until: str  # a date
    answer: Word | None  # `verdict` is one of GROUNDS for a refusal


def erasure(patient: str, custodian: str, *, asker: str, words: str, at: datetime) -> Resource:
    """A request to one custodian; it stands among what all share, so that the answer outlives the erasure."""
    return {
        **_task(codes.ERASURE_REQUEST, RECEIVED, asker, words or "–", at),
        "for": {"reference": f"Patient/{patient}"},
        "owner": {"reference": f"Organization/{custodian}"},
    }


def erasure_answered(content: Resource, status: str, said: Word, *, until: date | None = None) -> Resource:
    """The request with the custodian's answer."""
    after = with_word(_changed(content, status, said.at), said)
    return {**after, "restriction": {"period": {"end": until.isoformat()}}} if until else after


def erasure_carried_out(content: Resource, at: datetime) -> Resource:
    """The request once what had been granted for later is done; the answer stays as it was."""
    return _changed(content, ERASED, at)


def erasure_of(content: Resource) -> Erasure:
    """A request of erasure, from its Task."""
    return Erasure(
        id=content["id"],
        version=int(content["meta"]["versionId"]),
        patient=_reference(content.get("for")).removeprefix("Patient/"),
        custodian=_reference(content.get("owner")).removeprefix("Organization/"),
        asker=_reference(content.get("requester")),
        words=content.get("description", "").removeprefix("–"),
        at=_at(content),
        status=content["status"],
        until=content.get("restriction", {}).get("period", {}).get("end", ""),
        answer=next(reversed(_words(content)), None),
    )
