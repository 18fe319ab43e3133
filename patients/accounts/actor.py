"""Who acts: the frozen value that every service and every repository is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum


class Role(StrEnum):
    """The functions of DESIGN §5. A person acts in one of them at a time."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    NURSING_ASSISTANT = "nursing-assistant"
    NURSING_LEAD = "nursing-lead"
    PRACTICE_NURSE = "practice-nurse"
    PRACTICE_ASSISTANT = "practice-assistant"
    PHARMACIST = "pharmacist"
    HOSPITAL_DISCHARGE = "hospital-discharge"
    PATIENT = "patient"
    REPRESENTATIVE = "representative"
    RELATIVE = "relative"
    GUEST = "guest"
    HELPER = "helper"
    COORDINATOR = "coordinator"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    DATA_PROTECTION_OFFICER = "data-protection-officer"
    SYSTEM = "system"
    SYSTEM_CLIENT = "system-client"


class Purpose(StrEnum):
    """Why data is used. Codes of http://terminology.hl7.org/CodeSystem/v3-ActReason."""

    TREATMENT = "TREAT"
    EMERGENCY = "BTG"
    PATIENT_REQUEST = "PATRQT"
    OPERATIONS = "HOPERAT"
    SYSTEM = "HSYSADMIN"


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that a person reads in an emergency: whose, until when, and by which document (id of the Task)."""

    patient: str
    document: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a device or the system itself, in one role, for one organisation, with one purpose.

    `person` is a FHIR reference ("Practitioner/…", "Patient/…", "RelatedPerson/…"), `organisation` the id of the acting
    Organization, `room` the only room of a guest. `session` names the session or token, for audit and cut-off.
    `emergencies` are the records that this person has opened by break-glass: what is done with them has that purpose.
    """

    role: Role
    account: int | None = None
    person: str | None = None
    organisation: str | None = None
    purpose: Purpose = Purpose.TREATMENT
    reason: str = ""
    room: str | None = None
    session: str | None = None
    active: bool = True
    emergencies: tuple[Opened, ...] = ()
    incomplete: bool = False  # signed in, but without the second factor that is demanded: never active

    @property
    def patient(self) -> str | None:
        """The id of the patient whom this actor is, if a patient."""
        if self.role is Role.PATIENT and self.person and self.person.startswith("Patient/"):
            return self.person.removeprefix("Patient/")
        return None

    def emergency(self, patient: str | None) -> Opened | None:
        """The emergency in which this actor reads this patient's record now, if there is one."""
        if not self.emergencies or patient is None:
            return None
        now = datetime.now(UTC)
        return next((one for one in self.emergencies if one.patient == patient and one.until > now), None)

    def purpose_for(self, patient: str | None) -> tuple[Purpose, str]:
        """Why this patient's data is used, and the reason, as the log keeps them."""
        opened = self.emergency(patient)
        return (Purpose.EMERGENCY, opened.document) if opened else (self.purpose, self.reason)

    def as_system(self, reason: str) -> Actor:
        """The system acting because of this actor's step: reads all, and the audit keeps who caused it and why."""
        return replace(self, role=Role.SYSTEM, purpose=Purpose.SYSTEM, reason=reason, emergencies=())


def system(reason: str) -> Actor:
    """The system acting on its own: import, timers, reindexing."""
    return Actor(role=Role.SYSTEM, purpose=Purpose.SYSTEM, reason=reason)
