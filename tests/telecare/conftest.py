"""What tests of pages share: a day with one of everything."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from messaging.chat import services as chat
from patients.accounts.actor import Actor
from telecare.tasks import services as tasks
from telecare.visits import services as visits
from telecare.vitals import services as vitals
from telecare.vitals.kinds import WEIGHT
from telecare.vitals.resources import Bounds


@pytest.fixture
def a_day(anna: Actor, clara: Actor, heinrich: Actor, ida: Actor) -> None:
    """Heinrich is on Anna's tour, his weight lies beyond Clara's limit, an order waits, and Ida has written."""
    now = timezone.localtime()
    start = now.replace(hour=10, minute=15, second=0, microsecond=0)
    patient = str(heinrich.patient)
    visits.plan_visit(anna, patient, starts_at=start, ends_at=start + timedelta(minutes=30), works=["Wiegen"])
    vitals.set_limit(clara, patient, kind=WEIGHT, bounds=[Bounds(None, Decimal(84))])
    vitals.record_measurement(anna, patient, kind=WEIGHT, values=[Decimal("84.6")], taken_at=now)
    tasks.order(clara, patient, text="Wundfoto machen", organisation=str(anna.organisation))
    thread = chat.open_thread(ida, patient)
    chat.send(ida, thread.pk, cid=UUID("1f0c2a34-8a3b-4c0e-9d55-5d2f5a1e7b10"), text="Papa hat dicke Knöchel.")
