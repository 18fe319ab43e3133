"""Heinrich says no: to video, to this call, to photos. It holds at once, whoever writes it down and by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Conflict, Denied
from patients.network import documents, resources
from patients.network import services as network
from telecare.consultations import services, state
from telecare.consultations.models import Consultation
from tests.cast import HEINRICH
from tests.telecare.consultations.conftest import enter

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Say = Callable[[Actor], Any]


def by_page(actor: Actor) -> Any:
    return network.refuse(actor, HEINRICH, act="video")


def by_client(actor: Actor) -> Any:
    """As a FHIR client sends it."""
    self_said = actor.patient is not None
    return documents.write(
        actor,
        resources.consent_to_act(
            HEINRICH,
            "video",
            permit=False,
            on=timezone.localtime(),
            by=f"Patient/{HEINRICH}",
            recorded_by=None if self_said else actor.organisation,
        ),
    )


@pytest.mark.parametrize("say", [by_page, by_client])
@pytest.mark.parametrize("who", ["heinrich", "anna", "clara"])
def test_a_no_to_video_ends_the_call_and_lets_nobody_in_again(
    cast: dict[str, Actor], anna: Actor, clara: Actor, home_visit_call: str, say: Say, who: str
):
    enter(anna, home_visit_call)
    enter(clara, home_visit_call)
    say(cast[who])
    assert state.seen(home_visit_call).ended
    assert not state.seen(home_visit_call).members
    for actor in (anna, clara):
        with pytest.raises(Conflict, match="möchte kein Video"):
            enter(actor, home_visit_call)
        with pytest.raises(Conflict):
            services.reopen(actor, home_visit_call)
    assert not Consultation.objects.get(id=home_visit_call).over


def test_after_a_yes_the_call_is_opened_again(anna: Actor, clara: Actor, heinrich: Actor, home_visit_call: str):
    enter(clara, home_visit_call)
    by_page(anna)
    network.agree_to(heinrich, HEINRICH, act="video")
    services.reopen(clara, home_visit_call)
    assert enter(clara, home_visit_call).peer


def test_a_no_to_this_call_leaves_the_appointment_of_tomorrow(
    anna: Actor, clara: Actor, home_visit_call: str, consultation: str
):
    enter(clara, home_visit_call)
    network.refuse(anna, HEINRICH, act="video", only=f"Encounter/{home_visit_call}")
    assert state.seen(home_visit_call).ended
    with pytest.raises(Conflict):
        enter(anna, home_visit_call)
    assert enter(clara, consultation).peer


def test_a_no_to_photos_ends_no_call(anna: Actor, home_visit_call: str):
    enter(anna, home_visit_call)
    network.refuse(anna, HEINRICH, act="photo")
    assert state.seen(home_visit_call).members


def picture(kind: str) -> dict[str, Any]:
    if kind == "Media":
        return {
            "resourceType": "Media",
            "status": "completed",
            "subject": {"reference": f"Patient/{HEINRICH}"},
            "content": {"contentType": "image/jpeg", "title": "Wunde"},
        }
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]},
        "subject": {"reference": f"Patient/{HEINRICH}"},
        "content": [{"attachment": {"contentType": "image/png", "title": "Wunde"}}],
    }


@pytest.mark.parametrize("kind", ["Media", "DocumentReference"])
def test_no_picture_is_stored_of_who_does_not_want_it_until_there_is_a_yes(
    clara: Actor, heinrich: Actor, anna: Actor, kind: str
):
    before = repository(clara).create(picture(kind))
    network.refuse(anna, HEINRICH, act="photo")
    with pytest.raises(Denied, match="möchte keine Fotos"):
        repository(clara).create(picture(kind))
    assert repository(clara).update({**before.content, "id": before.logical_id}).version == 2
    network.agree_to(heinrich, HEINRICH, act="photo")
    assert repository(clara).create(picture(kind))


def test_a_letter_is_no_picture(clara: Actor, anna: Actor):
    network.refuse(anna, HEINRICH, act="photo")
    letter = picture("DocumentReference")
    letter["content"][0]["attachment"]["contentType"] = "application/pdf"
    assert repository(clara).create(letter)
