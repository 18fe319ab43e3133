"""The cast: stable characters in a small part of the district, made through the same services as real ones.

Anna cares for Heinrich, together with Clara's practice; Mia works there. Bernd and David work elsewhere, for Wilma.
Ida is Heinrich's daughter. Everything has an id that never changes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils import timezone

from patients.accounts import services as accounts
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.accounts.sessions import SessionStore
from patients.database import write
from patients.network import services
from patients.network.queries.names import forget
from patients.network.resources import Address, Basis, Name, treatment

HERE = uuid.uuid5(uuid.NAMESPACE_URL, "https://telecare.example/test")


def ident(slug: str) -> str:
    """The id of a character, an organisation or a document of the cast."""
    return str(uuid.uuid5(HERE, slug))


ORGANISATIONS = {
    "markt": ("Hausarztpraxis am Markt", "practice"),
    "moorland": ("Pflegedienst Moorland", "nursing-service"),
    "linden": ("Linden-Apotheke", "pharmacy"),
    "klinikum": ("Klinikum Ahrental", "hospital"),
    "sonnenhof": ("Pflegedienst Sonnenhof", "nursing-service"),
    "deichweg": ("Praxis Deichweg", "practice"),
    "gemeinde": ("Gemeinde Ahrental", "municipality"),
}
STAFF = {
    "anna": (Name("Siemer", "Anna"), "moorland", Role.NURSE, "Pflegefachkraft"),
    "bernd": (Name("Kolbe", "Bernd"), "sonnenhof", Role.NURSE, "Pflegefachkraft"),
    "clara": (Name("Voss", "Clara", "Dr."), "markt", Role.DOCTOR, "Hausärztin"),
    "david": (Name("Renner", "David", "Dr."), "deichweg", Role.DOCTOR, "Hausarzt"),
    "mia": (Name("Thole", "Mia"), "markt", Role.PRACTICE_ASSISTANT, "Medizinische Fachangestellte"),
    "karl": (Name("Ostendorf", "Karl"), "gemeinde", Role.COORDINATOR, "Koordination"),
    "admin": (Name("Meinen", "Ada"), "gemeinde", Role.OPERATOR, "Betrieb"),
    "dora": (Name("Wilke", "Dora"), "markt", Role.DATA_PROTECTION_OFFICER, "Datenschutz"),
    "sabine": (Name("Ahlers", "Sabine"), "linden", Role.PHARMACIST, "Apothekerin"),
}
HEINRICH, WILMA, IDA = ident("heinrich"), ident("wilma"), ident("ida")


@dataclass
class Cast:
    """The actors by name, and the rows that make them."""

    actors: dict[str, Actor] = field(default_factory=dict)
    rows: dict[str, tuple[list[str], list[tuple[object, ...]]]] = field(default_factory=dict)

    def enter(self) -> None:
        """Put the cast into the database: built once, then copied row by row. Their making is not in the log."""
        if not self.rows:
            with write():
                point = transaction.savepoint()
                self.actors = build()
                self.rows = _dump()
                transaction.savepoint_rollback(point)
        with write(), connection.cursor() as cursor:
            for table, (columns, rows) in self.rows.items():
                places = ", ".join(["%s"] * len(columns))
                cursor.executemany(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING", rows
                )
        forget()  # an earlier test may have renamed the same people


def build() -> dict[str, Actor]:
    """All of them, through the services. They sign in by name once a test gives them a password."""
    maker = system("cast")
    for slug, (name, kind) in ORGANISATIONS.items():
        services.create_organisation(maker, name=name, kind=kind, logical_id=ident(slug))
    actors = {}
    for slug, (name, where, role, title) in STAFF.items():
        who = services.add_practitioner(
            maker, name=name, organisation=ident(where), role=role, title=title, logical_id=ident(slug)
        )
        actors[slug] = actor_of(
            accounts.create_account(maker, kind="staff", username=slug, person=who.reference, name=str(name))
        )
    anna, clara, bernd, david = (actors[name] for name in ("anna", "clara", "bernd", "david"))
    services.admit_patient(
        anna,
        name=Name("Brandt", "Heinrich"),
        birth_date=date(1941, 3, 14),
        gender="male",
        kvnr="X110411941",
        address=Address("Lindenweg 4", "49377", "Lüttmoor"),
        phone="04499 2206",
        basis=_informed_by(anna),
        logical_id=HEINRICH,
    )
    services.start_link(
        anna, HEINRICH, organisation=ident("markt"), bases=[_informed_by(anna)], contact=str(clara.person)
    )
    services.start_link(
        clara,
        HEINRICH,
        organisation=ident("linden"),
        bases=[_informed_by(clara)],
        scope=["administrative", "medication", "chat"],
        contact=str(actors["sabine"].person),
    )
    services.add_relative(
        anna,
        HEINRICH,
        name=Name("Brandt", "Ida"),
        relationship="DAU",
        phone="04499 2207",
        categories=["administrative", "clinical", "chat"],
        logical_id=IDA,
    )
    services.admit_patient(
        david,
        name=Name("Dettmer", "Wilma"),
        birth_date=date(1944, 8, 2),
        gender="female",
        kvnr="X110811940",
        address=Address("Deichweg 9", "49377", "Lüttmoor"),
        basis=_informed_by(david),
        logical_id=WILMA,
    )
    services.start_link(
        david, WILMA, organisation=ident("sonnenhof"), bases=[_informed_by(david)], contact=str(bernd.person)
    )
    for slug, kind, person in (
        ("heinrich", "patient", f"Patient/{HEINRICH}"),
        ("wilma", "patient", f"Patient/{WILMA}"),
        ("ida", "relative", f"RelatedPerson/{IDA}"),
    ):
        actors[slug] = actor_of(accounts.create_account(maker, kind=kind, username=slug, person=person))
    return actors


def _informed_by(actor: Actor) -> Basis:
    return treatment(timezone.localtime(), str(actor.person))


def _dump() -> dict[str, tuple[list[str], list[tuple[object, ...]]]]:
    """All rows but those of the log, in the order in which foreign keys let them be inserted."""
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name in _TABLES]
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables, key=_TABLES.index):
            cursor.execute(f"SELECT * FROM {table}")
            rows = cursor.fetchall()
            if rows:
                found[table] = ([column[0] for column in cursor.description], rows)
    return found


_TABLES = [
    *(
        "vault_state",
        "vault_datakey",
        "accounts_user",
        "accounts_membership",
        "records_document",
        "records_compartment",
    ),
    *("records_version", "records_change", "records_token", "records_date", "records_quantity", "records_reference"),
    *("records_composite", "access_right", "access_imported"),
]


def signed_in(account: int) -> str:
    """The key of a new session of this account, as after signing in."""
    user, session = User.objects.get(pk=account), SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
