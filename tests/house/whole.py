"""One of everything that can be known about somebody, and what of it must never reach a stranger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from messaging.chat import services as chat
from patients.accounts.actor import Actor
from patients.attachments import services as attachments
from patients.network import services as network
from patients.network.resources import Name
from patients.records.models import Document
from telecare.consultations import services as consultations
from telecare.consultations.models import Invitation
from telecare.consultations.services import Issued
from telecare.tasks import services as tasks
from telecare.visits import services as visits
from telecare.vitals import services as vitals
from telecare.vitals.kinds import BLOOD_PRESSURE, WEIGHT
from telecare.vitals.resources import Bounds
from tests.patients.attachments.conftest import PDF


@dataclass
class Whole:
    """The record of one patient: ids by the names that addresses give them, and documents by type."""

    patient: str
    ids: dict[str, str] = field(default_factory=dict)
    issued: Issued | None = None
    _names: list[str] = field(default_factory=list, repr=False)

    def documents(self) -> list[Document]:
        """All documents that stand under this patient."""
        return list(Document.objects.filter(patient=self.patient).order_by("pk"))

    def all_ids(self) -> list[str]:
        """Whatever names something of theirs now, the longest first."""
        found = {self.patient, *self.ids.values(), *(one.logical_id for one in self.documents())}
        return sorted((one for one in found if len(one) > 8), key=len, reverse=True)

    def names(self) -> list[str]:
        """The same, looked up once: for walks, which make sure at their end that nothing has come or gone."""
        self._names = self._names or self.all_ids()
        return self._names


def everything(
    patient: str, nurse: Actor, doctor: Actor, word: str, *, weight: str, pressure: tuple[int, int]
) -> Whole:
    """A visit, values, a limit, a review, an order, messages, a consultation with guest, draft and signed note.

    `word` stands in every text, so that it is known again wherever it turns up, and so are the values.
    """
    now = timezone.localtime()
    whole = Whole(patient)
    visit = visits.plan_visit(nurse, patient, starts_at=now, ends_at=now + timedelta(minutes=30), works=[f"{word} w"])
    limit = vitals.set_limit(doctor, patient, kind=WEIGHT, bounds=[Bounds(None, Decimal(weight) - 1)])
    vitals.record_measurement(nurse, patient, kind=BLOOD_PRESSURE, values=[*map(Decimal, pressure)], taken_at=now)
    value = vitals.record_measurement(
        nurse, patient, kind=WEIGHT, values=[Decimal(weight)], taken_at=now, note=f"{word} n"
    )
    thread = chat.open_thread(nurse, patient)
    chat.send(nurse, thread.pk, cid=uuid.uuid4(), text=f"{word} schläft schlecht")
    call = consultations.book(
        doctor, patient, starts_at=now + timedelta(minutes=5), doctor=doctor.person or "", reason=f"{word} Kontrolle"
    )
    whole.issued = consultations.invite(doctor, call, kind=Invitation.Kind.PATIENT, name=f"{word} Brandt")
    order = consultations.order(doctor, call, text=f"{word} wiegen", organisation=str(nurse.organisation))
    consultations.save_draft(nurse, call, {"observation": f"{word} Beobachtung"})
    consultations.save_draft(doctor, call, {"findings": f"{word} Befund", "assessment": f"{word} Urteil"})
    consultations.sign(doctor, call)
    letter = attachments.put(doctor, patient, code="11488-4", title=f"{word} Brief", data=PDF)
    relative = network.add_relative(nurse, patient, name=Name("Onken", word), relationship="NBOR")
    consent = network.refuse(nurse, patient, act="photo")
    other = tasks.order(doctor, patient, text=f"{word} anrufen", organisation=str(nurse.organisation))
    whole.ids = {
        "patient_id": patient,
        "patient": patient,
        "other_id": patient,
        "visit_id": visit.logical_id,
        "visit": visit.logical_id,
        "limit_id": limit.logical_id,
        "measurement_id": value.logical_id,
        "task_id": order.logical_id,
        "task": other.logical_id,
        "document_id": letter.logical_id,
        "thread": str(thread.pk),
        "thread_id": str(thread.pk),
        "consultation": call,
        "consultation_id": call,
        "invitation": str(whole.issued.invitation),
        "consent_id": consent.logical_id,
        "relative_id": relative.logical_id,
        "number": str(whole.issued.invitation),
    }
    return whole


def nobody(whole: Whole) -> dict[str, str]:
    """For every id of theirs another of the same form that names nothing."""
    return {one: str(uuid.uuid5(uuid.NAMESPACE_OID, one)) for one in whole.all_ids()} | {
        number: str(900_000 + int(number)) for number in whole.ids.values() if number.isdecimal()
    }


def words() -> tuple[str, ...]:
    """What of Heinrich's must not stand in any answer to a stranger, beside the ids."""
    return ("Zwetschge", "Brandt", "Lindenweg", "04499 2206", "X110411941", "84,6", "84.6", "158/92", ">158<", ":158,")
