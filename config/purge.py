"""What every part keeps for a while only is taken out by one daily job, or by `telecare purge-metadata`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from messaging.realtime.services import forget_tickets
from patients import audit
from patients.accounts import purging
from patients.accounts.actor import system
from patients.attachments import orphans
from telecare.consultations import services as consultations

DAILY = timedelta(days=1)


def daily() -> None:
    """The job: nothing is older than TELECARE_CALL_DAYS when it comes again tomorrow."""
    purge(keep=timedelta(days=settings.CALL_DAYS) - DAILY)


def purge(*, keep: timedelta, now: datetime | None = None) -> dict[str, int]:
    """Take out call metadata older than `keep`, what has expired, and files without a row; how many of each."""
    moment = now or timezone.now()
    files = orphans.sweep(moment)
    counts = {
        "rows about calls": consultations.forget_calls(moment - keep),
        "sessions, tokens, codes and counts of failed tries": purging.purge(moment),
        "tickets": forget_tickets(moment),
        "sealed files that no record names": files.removed,
        "files that are missing (restore them from a backup)": files.missing,
    }
    if any(counts.values()):
        audit.record(system("purge"), action="purge-metadata", detail=" ".join(map(str, counts.values())))
    return counts
