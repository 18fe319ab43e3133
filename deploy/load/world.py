"""A deployment to measure: one practice with patients, staff and their tokens, made through the usual services."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


def at(folder: Path, **environment: str) -> dict[str, str]:
    """The settings of a deployment in `folder`, put into this process's environment and given for others."""
    import base64

    (folder / "static").mkdir(exist_ok=True)
    own = {
        "DATA": str(folder / "data"),
        "TELECARE_MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
        "TELECARE_DEMO": "0",
        "TELECARE_SECOND_FACTOR": "none",
        "TELECARE_STATIC": str(folder / "static"),
        "TELECARE_LOG": "WARNING",
        **environment,
    }
    os.environ.update(own)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    return own


def set_up() -> None:
    """Django and an up-to-date database."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.DATA.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)


@dataclass(frozen=True)
class World:
    """What clients must know."""

    tokens: list[str]
    patients: list[str]
    threads: list[str]
    actors: list[Any]


def practice(*, doctors: int, patients: int) -> World:
    """A practice: all its doctors may speak in the thread of each of its patients."""
    from django.utils import timezone

    from messaging.chat import services as chat
    from patients.accounts import queries
    from patients.accounts import services as accounts
    from patients.accounts.actor import Role, system
    from patients.network import services
    from patients.network.resources import Name, treatment

    maker = system("load")
    place = services.create_organisation(maker, name="Praxis Messwert", kind="practice").logical_id
    users = []
    for number in range(doctors):
        doctor = services.add_practitioner(
            maker, name=Name(f"Messwert{number}", "M."), organisation=place, role=Role.DOCTOR
        )
        users.append(
            accounts.create_account(
                maker, kind="staff", username=f"m{number}", person=doctor.reference, name="M. Messwert"
            )
        )
    actors = [queries.actor_of(user) for user in users]
    basis = treatment(timezone.localtime(), actors[0].person or "")
    ids = [
        services.admit_patient(
            actors[0], name=Name(f"Probe{number}", "P."), birth_date=date(1950, 1, 1), basis=basis
        ).logical_id
        for number in range(patients)
    ]
    threads = [str(chat.open_thread(actors[0], ident).pk) for ident in ids]
    return World([accounts.issue_token(user) for user in users], ids, threads, actors)
