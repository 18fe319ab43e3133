"""The meeting itself: Appointment (what was booked, and why) and Encounter (what happens), built and read back.

What FHIR has no element for stands in extensions of the Encounter, all below `StructureDefinition/consultation-`:
`medium`, `room` (address of an external certified room), `attendance` (who was there and how they were identified),
`consent` (to video), `follow-up` (the choice at the end). The planned time stands in
the extensions that R5 defines for it.
http://hl7.org/fhir/R4/encounter.html · http://hl7.org/fhir/R4/appointment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from patients.access.codes import OURS
from telecare.consultations.models import Medium

Content = dict[str, Any]

ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
KIND: Final = f"{OURS}/CodeSystem/encounter-type"
CONSULTATION: Final = "consultation"
EXTENSION: Final = f"{OURS}/StructureDefinition/consultation-"
PLANNED: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.planned"  # …StartDate, …EndDate

_CLASS: Final = {
    Medium.OWN: ("VR", "virtual"),
    Medium.EXTERNAL: ("VR", "virtual"),
    Medium.TELEPHONE: ("VR", "virtual"),
    Medium.ON_SITE: ("AMB", "ambulatory"),  # HH would be a home visit
}


class FollowUp(StrEnum):
    """How it goes on. Without a choice a consultation stays open."""

    VIDEO = "video"
    HOME_VISIT = "home-visit"
    PRACTICE = "practice"
    REFERRAL = "referral"
    NONE = "none"


class Identified(StrEnum):
    """How we know who somebody was."""

    SIGN_IN = "sign-in"
    PIN = "pin"
    RECOGNISED = "recognised"  # by face and voice, after knocking


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody was there: a reference for staff, a name for guests."""

    who: str
    role: str
    identified: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """The patient, or who speaks for them, agreed to video."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """An Encounter of ours, read back."""

    patient: str
    organisation: str
    doctor: str
    appointment: str
    medium: Medium
    room: str
    status: str
    planned_at: datetime | None
    until: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    attendance: tuple[Attendance, ...]
    consent: Consent | None
    follow_up: FollowUp | None


def appointment(
    patient: str, *, doctor: str, starts_at: datetime, until: datetime, reason: str, status: str
) -> Content:
    """A booked consultation. `doctor` is a reference or ""; `reason` is what a list shows."""
    return {
        "resourceType": "Appointment",
        "status": status,
        "appointmentType": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0276", "code": "ROUTINE"}]},
        **({"description": reason} if reason else {}),
        "start": starts_at.isoformat(timespec="seconds"),
        "end": until.isoformat(timespec="seconds"),
        "participant": [_attends(who) for who in (f"Patient/{patient}", doctor) if who],
    }


def encounter(
    patient: str,
    *,
    organisation: str,
    doctor: str,
    appointment: str,
    medium: Medium,
    status: str,
    planned_at: datetime,
    until: datetime,
    room: str = "",
) -> Content:
    """The Encounter of a consultation, at first `planned` or, when called in, `arrived`."""
    code, display = _CLASS[medium]
    return {
        "resourceType": "Encounter",
        "extension": _with_medium(_planned(planned_at, until), medium, room),
        "status": status,
        "class": {"system": ACT_CODE, "code": code, "display": display},
        "type": [{"coding": [{"system": KIND, "code": CONSULTATION}]}],
        "subject": {"reference": f"Patient/{patient}"},
        **({"participant": [_participant(doctor, "ATND")]} if doctor else {}),
        **({"appointment": [{"reference": f"Appointment/{appointment}"}]} if appointment else {}),
        "serviceProvider": {"reference": f"Organization/{organisation}"},
    }


def medium_of(content: Content) -> Medium | None:
    """The medium that an Appointment or Encounter names, if it is one of ours."""
    said = _value(content, "medium")
    return Medium(said) if said in Medium.values else None


def room_of(content: Content) -> str:
    """The address of an external room."""
    return _value(content, "room") or ""


def is_consultation(content: Content) -> bool:
    """Whether an Encounter is one of ours."""
    return any(
        coding.get("system") == KIND and coding.get("code") == CONSULTATION
        for kind in content.get("type", ())
        for coding in kind.get("coding", ())
    )


def read(content: Content) -> Meeting:
    """What an Encounter of ours says."""
    period = content.get("period", {})
    doctor = next((one["individual"]["reference"] for one in content.get("participant", ()) if _attending(one)), "")
    follow_up = _value(content, "follow-up")
    return Meeting(
        patient=_id(content.get("subject")),
        organisation=_id(content.get("serviceProvider")),
        doctor=doctor,
        appointment=_id(next(iter(content.get("appointment", ())), None)),
        medium=medium_of(content) or Medium.OWN,
        room=room_of(content),
        status=content["status"],
        planned_at=_moment_of(content, f"{PLANNED}StartDate"),
        until=_moment_of(content, f"{PLANNED}EndDate"),
        started_at=moment(period.get("start")),
        ended_at=moment(period.get("end")),
        attendance=tuple(_attendances(content)),
        consent=next(_consents(content), None),
        follow_up=FollowUp(follow_up) if follow_up in list(FollowUp) else None,
    )


# -- steps: each gives a changed copy


def with_status(content: Content, status: str, at: datetime) -> Content:
    """The next status; the period begins when it is in progress and ends when it is over."""
    changed = deepcopy(content)
    changed["status"] = status
    period = changed.setdefault("period", {})
    stamp = at.isoformat(timespec="seconds")
    if status == "in-progress":
        period.setdefault("start", stamp)
        period.pop("end", None)
    if status == "finished":
        period.setdefault("start", stamp)
        period.setdefault("end", stamp)
    if not period:
        del changed["period"]
    return changed


def with_end(content: Content, at: datetime) -> Content:
    """The call has ended; the consultation is not closed yet."""
    changed = deepcopy(content)
    stamp = at.isoformat(timespec="seconds")
    changed.setdefault("period", {"start": stamp})["end"] = stamp
    return changed


def with_times(content: Content, planned_at: datetime, until: datetime) -> Content:
    """Moved to another time."""
    changed = deepcopy(content)
    kept = [one for one in changed.get("extension", ()) if not one.get("url", "").startswith(PLANNED)]
    changed["extension"] = [*_planned(planned_at, until), *kept]
    return changed


def with_medium(content: Content, medium: Medium, room: str) -> Content:
    """Another way of meeting."""
    changed = deepcopy(content)
    changed["extension"] = _with_medium(changed.get("extension", []), medium, room)
    code, display = _CLASS[medium]
    changed["class"] = {"system": ACT_CODE, "code": code, "display": display}
    return changed


def with_organisation(content: Content, organisation: str, doctor: str) -> Content:
    """Handed over to somebody else."""
    changed = deepcopy(content)
    changed["serviceProvider"] = {"reference": f"Organization/{organisation}"}
    others = [one for one in changed.get("participant", ()) if not _attending(one)]
    changed["participant"] = [*others, *([_participant(doctor, "ATND")] if doctor else [])]
    if not changed["participant"]:
        del changed["participant"]
    return changed


def with_attendance(content: Content, who: str, role: str, identified: Identified, at: datetime) -> Content | None:
    """Somebody came in; None when that is known already. Staff also become participants."""
    if any(one.who == who for one in _attendances(content)):
        return None
    changed = deepcopy(content)
    named = {"url": "who", "valueString": who}
    if who.startswith("Practitioner/"):
        named = {"url": "who", "valueReference": {"reference": who}}  # type: ignore[dict-item]
        present = changed.setdefault("participant", [])
        if not any(one.get("individual", {}).get("reference") == who for one in present):
            present.append(_participant(who, "PART"))
    parts = [
        named,
        {"url": "role", "valueCode": role},
        {"url": "identified", "valueCode": identified.value},
        {"url": "at", "valueDateTime": at.isoformat(timespec="seconds")},
    ]
    changed.setdefault("extension", []).append({"url": f"{EXTENSION}attendance", "extension": parts})
    return changed


def with_consent(content: Content, by: str, at: datetime) -> Content:
    """Consent to video was given by word of mouth."""
    parts = [
        {"url": "by", "valueString": by},
        {"url": "how", "valueCode": "verbal"},
        {"url": "at", "valueDateTime": at.isoformat(timespec="seconds")},
    ]
    return _replaced(content, "consent", {"extension": parts})


def with_follow_up(content: Content, choice: FollowUp) -> Content:
    """How it goes on."""
    return _replaced(content, "follow-up", {"valueCode": choice.value})


# -- inside


def moment(text: object) -> datetime | None:
    """A FHIR instant or dateTime with a time; None for anything less exact."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _with_medium(extensions: list[Content], medium: Medium, room: str) -> list[Content]:
    kept = [one for one in extensions if one.get("url") not in (f"{EXTENSION}medium", f"{EXTENSION}room")]
    address = [{"url": f"{EXTENSION}room", "valueUrl": room}] if room and medium is Medium.EXTERNAL else []
    return [*kept, {"url": f"{EXTENSION}medium", "valueCode": medium.value}, *address]


def _planned(planned_at: datetime, until: datetime) -> list[Content]:
    return [
        {"url": f"{PLANNED}StartDate", "valueDateTime": planned_at.isoformat(timespec="seconds")},
        {"url": f"{PLANNED}EndDate", "valueDateTime": until.isoformat(timespec="seconds")},
    ]


def _moment_of(content: Content, url: str) -> datetime | None:
    return next(
        (moment(one.get("valueDateTime")) for one in content.get("extension", ()) if one.get("url") == url), None
    )


def _replaced(content: Content, name: str, value: Content) -> Content:
    changed = deepcopy(content)
    kept = [one for one in changed.get("extension", ()) if one.get("url") != EXTENSION + name]
    changed["extension"] = [*kept, {"url": EXTENSION + name, **value}]
    return changed


def _value(content: Content, name: str) -> str | None:
    for one in content.get("extension", ()):
        if one.get("url") == EXTENSION + name:
            return str(one.get("valueCode") or one.get("valueUrl") or "") or None
    return None


def _parts(content: Content, name: str) -> Iterator[Content]:
    """The complex extensions of a name, each as its parts by url."""
    for one in content.get("extension", ()):
        if one.get("url") == EXTENSION + name:
            yield {part.get("url"): part for part in one.get("extension", ())}


def _attendances(content: Content) -> Iterator[Attendance]:
    for parts in _parts(content, "attendance"):
        who, at = parts.get("who", {}), moment(parts.get("at", {}).get("valueDateTime"))
        name = who.get("valueString") or who.get("valueReference", {}).get("reference")
        if name and at:
            role, how = (parts.get(part, {}).get("valueCode", "") for part in ("role", "identified"))
            yield Attendance(name, role, how, at)


def _consents(content: Content) -> Iterator[Consent]:
    for parts in _parts(content, "consent"):
        if at := moment(parts.get("at", {}).get("valueDateTime")):
            yield Consent(parts.get("by", {}).get("valueString", ""), at)


def _participant(who: str, kind: str) -> Content:
    return {"type": [{"coding": [{"system": PARTICIPATION, "code": kind}]}], "individual": {"reference": who}}


def _attending(participant: Content) -> bool:
    return bool(participant.get("individual", {}).get("reference")) and any(
        coding.get("code") == "ATND" for kind in participant.get("type", ()) for coding in kind.get("coding", ())
    )


def _attends(reference: str) -> Content:
    return {"actor": {"reference": reference}, "required": "required", "status": "accepted"}


def _id(reference: Content | None) -> str:
    return str((reference or {}).get("reference", "")).rpartition("/")[2]
