"""What is kept for a while only goes once a day, or by the operator's command."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from config import cli, purge
from messaging.jobs import registry
from messaging.realtime import services as realtime
from messaging.realtime.authentication import Credential
from messaging.realtime.models import Ticket
from patients.accounts import attempts
from patients.accounts.models import Attempt, OneTimeCode, Session, SharedDevice, Token, Turn, User
from patients.accounts.sessions import SessionStore
from patients.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
KEEP = timedelta(days=90)
HOUR = timedelta(hours=1)


@pytest.fixture
def leftovers(cast) -> None:
    """Anna signed in an hour ago, here and on a shared tablet; somebody guessed; a ticket was never used."""
    now = timezone.now()
    anna = User.objects.get(pk=cast["anna"].account)
    session = SessionStore()
    session.set_expiry(7200)
    session.save()
    Token.objects.create(user=anna, digest=b"1" * 32, issued_at=now, expires_at=now + HOUR)
    OneTimeCode.objects.create(user=anna, digest=b"2" * 32, made_at=now, expires_at=now + HOUR)
    tablet = SharedDevice.objects.create(digest=b"3" * 32, organisation="moorland", kind="tablet", made_at=now)
    Turn.objects.create(device=tablet, user=anna, since=now, factor=False)
    attempts.begin("anna", "192.0.2.7")
    realtime.issue(Credential("session", "x"))


MODELS = (Session, Token, OneTimeCode, Turn, Attempt, Ticket)
ALL = [1, 1, 1, 1, 3, 1]


def left() -> list[int]:
    return [model.objects.count() for model in MODELS]


def test_what_still_counts_stays(leftovers):
    purge.purge(keep=KEEP)
    assert left() == ALL


def test_a_code_that_was_used_is_of_no_use_any_more(leftovers):
    OneTimeCode.objects.update(used_at=timezone.now())
    purge.purge(keep=KEEP)
    assert left() == [1, 1, 0, 1, 3, 1]


def test_what_ends_first_goes_first(leftovers):
    purge.purge(keep=KEEP, now=timezone.now() + HOUR)
    assert left() == [1, 0, 0, 1, 0, 0]


def test_what_is_over_goes_and_the_log_says_so(leftovers):
    counts = purge.purge(keep=KEEP, now=timezone.now() + timedelta(days=1))
    assert left() == [0] * 6
    assert counts["tickets"] == 1
    row = AuditEvent.objects.filter(action="purge-metadata").get()
    assert (row.role, row.patient) == ("system", "")


def test_it_is_done_once_a_day_by_itself(leftovers):
    assert registry.interval("metadata.purge") == timedelta(days=1)
    work = registry.find("metadata.purge")
    assert work is not None
    work()
    assert left() == ALL


def test_the_command_says_what_went(leftovers):
    out = io.StringIO()
    assert cli.run(["purge-metadata"], out) == 0
    assert "rows about calls" in out.getvalue()


@pytest.mark.parametrize("days", ["0", "-1", str(settings.CALL_DAYS + 1)])
def test_the_command_refuses_days_beyond_what_is_allowed(cast, days):
    out = io.StringIO()
    assert cli.run(["purge-metadata", f"--days={days}"], out) == 1
    assert "1 to 90 days" in out.getvalue()
