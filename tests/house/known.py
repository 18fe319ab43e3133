"""What the tables can hold of Heinrich beyond `whole.everything`: how he signs in, who asks, reads, represents."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from messaging.chat import services as chat
from messaging.chat.models import Thread
from messaging.jobs.runner import run_due
from patients.access import importing, repository
from patients.accounts import services as accounts
from patients.accounts.actor import Actor, system
from patients.accounts.factors import codes
from patients.accounts.models import Pin, ProviderLink, SharedDevice, Turn, User
from patients.network import resources, services
from patients.network.resources import Name
from patients.records import store
from patients.records.models import Postponed
from telecare.consultations import services as consultations
from tests.cast import HEINRICH, IDA, ident
from tests.house.whole import Whole
from tests.telecare.consultations.conftest import ADDRESS, enter, guest_of, token_of

HIMSELF = resources.person(Name("Brandt", "Heinrich"), date(1941, 3, 14), kvnr="X110411941")


TOTP = "JBSWY3DPEHPK3PXP"


def fill(whole: Whole, cast: dict[str, Actor]) -> set[str]:
    """Leave a row in every table that may know Heinrich; whatever of it has an id is added to `whole`.

    Returns what must stay secret of it: tokens, codes, cookies.
    """
    paper = an_outsider_asks_and_another_reads(cast)
    secrets = the_family_decides(cast) | he_signs_in(User.objects.get(pk=cast["heinrich"].account))
    he_waits_and_comes_in(whole, cast["clara"])
    what_others_keep(whole, cast)
    thread = Thread.objects.get(patient=HEINRICH)
    chat.send(cast["heinrich"], thread.pk, cid=uuid.uuid4(), text="Zwetschge von mir")
    thread.refresh_from_db()
    chat.read_up_to(cast["heinrich"], thread, thread.head)
    whole.ids["paper"] = paper
    assert whole.issued is not None
    return secrets | {token_of(whole.issued), whole.issued.pin}


def an_outsider_asks_and_another_reads(cast: dict[str, Actor]) -> str:
    """Bernd asks for access, and that of him is delivered; David reads in an emergency. The id of Bernd's paper."""
    paper = services.request_access(cast["bernd"], HIMSELF, reason="Zwetschge, ab Montag.").logical_id
    run_due()
    services.open_in_emergency(cast["david"], HIMSELF, kind="danger", reason="Zwetschge, gestürzt.")
    return paper


def the_family_decides(cast: dict[str, Actor]) -> set[str]:
    """Consents, an objection, Ida as representative, a request of erasure, a hold with its reason."""
    services.object_to(cast["heinrich"], HEINRICH, whom=f"Organization/{ident('linden')}", categories=["nursing"])
    services.agree_to(cast["heinrich"], HEINRICH, act="video")
    services.make_representative(
        cast["anna"], IDA, scope=["administrative", "clinical", "chat"], evidence="Vollmacht Zwetschge", kind="attorney"
    )
    token = accounts.issue_token(User.objects.get(pk=cast["ida"].account))
    services.request_erasure(cast["heinrich"], HEINRICH, custodians=[ident("markt")], words="Zwetschge weg")
    today = timezone.localdate()
    kept = services.hold(cast["dora"], HEINRICH, custodian=ident("markt"), until=today, reason="Zwetschge, § 630f")
    services.erase(cast["dora"], HEINRICH, custodian=ident("markt"))
    assert Postponed.objects.filter(patient=HEINRICH).exists()
    services.release(cast["dora"], kept.id)
    return {token}


def he_signs_in(user: User) -> set[str]:
    """Browser, program, printed code, authenticator app, an account elsewhere, a PIN and a turn on a shared tablet."""
    browser = Client()
    browser.force_login(user)
    token = accounts.issue_token(user)
    sheet = accounts.hand_out(system("test"), user, patient=HEINRICH)
    codes.keep(user, TOTP, 1)
    now = timezone.now()
    ProviderLink.objects.create(user=user, provider="kommune", subject=b"s" * 32, made_at=now)
    Pin.objects.create(user=user, hashed="x")
    tablet = SharedDevice.objects.create(
        digest=b"d" * 32, organisation=ident("moorland"), kind="tablet", name="Tour 3", made_at=now
    )
    Turn.objects.create(device=tablet, user=user, since=now, factor=False)
    return {token, sheet.code, TOTP, browser.cookies[settings.SESSION_COOKIE_NAME].value}


def he_waits_and_comes_in(whole: Whole, doctor: Actor) -> None:
    """He comes by link and PIN, waits, and is let in by Clara."""
    assert whole.issued is not None
    call = whole.ids["consultation"]
    invitation = consultations.found_invitation(token_of(whole.issued))
    consultations.enter_by_invitation(invitation, whole.issued.pin, address=ADDRESS)
    guest = guest_of(whole.issued, call)
    consultations.wait(guest, call, sound=True, picture=True)
    enter(doctor, call)
    consultations.admit(doctor, call, f"invitation:{whole.issued.invitation}")
    enter(guest, call)
    consultations.save_draft(doctor, call, {"findings": "Zwetschge, noch nicht unterschrieben"})


def what_others_keep(whole: Whole, cast: dict[str, Actor]) -> None:
    """An imported value of several components with an earlier version, and a group that names Wilma as well."""
    value: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "code": _loinc("85354-9"),
        "subject": {"reference": f"Patient/{HEINRICH}"},
        "effectiveDateTime": (timezone.localtime() - timedelta(days=400)).isoformat(timespec="seconds"),
        "component": [{"code": _loinc("8480-6"), "valueQuantity": {"value": 151, "unit": "mmHg"}}],
    }
    maker = system("import")
    made = repository(maker).create(value, custodian=ident("klinikum"))
    importing.mark([made])
    repository(maker).update({**made.content, "note": [{"text": "Zwetschge, alt"}]})
    group = {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": {"reference": f"Patient/{patient}"}} for patient in (HEINRICH, ident("wilma"))],
    }
    whole.ids["several"] = repository(maker).create(store.prepare(group), custodian=ident("klinikum")).logical_id


def _loinc(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}
