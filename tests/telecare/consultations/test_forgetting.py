"""What is known about a call besides the record is gone within 90 days; the record stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from config import purge
from patients.access import repository
from patients.errors import Missing
from telecare.consultations import services
from telecare.consultations.models import Consultation, Invitation, Room, Waiting
from telecare.consultations.resources.meeting import FollowUp
from tests.telecare.consultations.conftest import ADDRESS, enter, guest_of, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
KEPT = timedelta(days=settings.CALL_DAYS)
DAY = timedelta(days=1)


@pytest.fixture
def spoken(clara, consultation, issued) -> str:
    """Heinrich came in by link and PIN, waited, spoke with Clara; she closed the consultation."""
    services.enter_by_invitation(services.found_invitation(token_of(issued)), issued.pin, address=ADDRESS)
    guest = guest_of(issued, consultation)
    services.wait(guest, consultation, sound=True, picture=True)
    enter(clara, consultation)
    services.admit(clara, consultation, f"invitation:{issued.invitation}")
    enter(guest, consultation)
    services.end_call(clara, consultation)
    services.close(clara, consultation, FollowUp.NONE)
    return consultation


def left() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Room, Waiting, Invitation)}


def test_a_day_before_it_is_due_all_is_there(spoken):
    before = left()
    assert set(before.values()) == {1}
    purge.purge(keep=KEPT, now=timezone.now() + KEPT - DAY)
    assert left() == before


def test_after_ninety_days_the_metadata_are_gone_and_the_record_is_there(clara, spoken):
    purge.purge(keep=KEPT, now=timezone.now() + KEPT + DAY)
    assert set(left().values()) == {0}
    assert Consultation.objects.get(id=spoken).over
    assert repository(clara).read("Encounter", spoken).content["status"] == "finished"


def test_the_daily_job_leaves_nothing_that_would_be_too_old_tomorrow(spoken, monkeypatch):
    purge.purge(keep=KEPT - purge.DAILY, now=timezone.now() + KEPT)
    assert set(left().values()) == {0}


def test_a_call_that_goes_on_is_not_touched(clara, consultation):
    enter(clara, consultation)
    purge.purge(keep=DAY, now=timezone.now() + timedelta(hours=2))
    assert Room.objects.filter(claimed_by__isnull=False).exists()


def test_an_invitation_that_was_forgotten_opens_nothing(issued):
    purge.purge(keep=KEPT, now=timezone.now() + KEPT + DAY)
    with pytest.raises(Missing):
        services.found_invitation(token_of(issued))
