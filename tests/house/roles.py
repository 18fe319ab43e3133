"""A stranger to Heinrich in every function of the network: most of them know Wilma, some nobody at all."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from patients.accounts import services as accounts
from patients.accounts.actor import Actor, Role, system
from patients.accounts.queries import actor_of
from patients.network import services as network
from patients.network.resources import Name
from tests.cast import WILMA, ident

_STAFF = (  # name, organisation, function; Pflegedienst Sonnenhof and Praxis Deichweg care for Wilma
    ("Tilde", "sonnenhof", Role.NURSING_ASSISTANT),
    ("Lotte", "sonnenhof", Role.NURSING_LEAD),
    ("Paula", "deichweg", Role.PRACTICE_NURSE),
    ("Frieda", "deichweg", Role.PRACTICE_ASSISTANT),
    ("Vera", "deichweg", Role.ADMINISTRATOR),
    ("Rosa", "rosen", Role.PHARMACIST),
    ("Klaas", "klinikum", Role.HOSPITAL_DISCHARGE),
    ("Hilke", "gemeinde", Role.HELPER),
)

KNOW_WILMA = ("bernd", "david", "wilma", "tilde", "lotte", "paula", "frieda", "gesa", "uwe")


def in_every_role(nurse: Actor) -> dict[str, Actor]:
    """By name. `nurse` cares for Wilma, and enters who stands beside her."""
    maker = system("walk")
    network.create_organisation(maker, name="Rosen-Apotheke", kind="pharmacy", logical_id=ident("rosen"))
    found = {}
    for name, where, role in _STAFF:
        who = network.add_practitioner(
            maker, name=Name("Wichmann", name), organisation=ident(where), role=role, title="Walk"
        )
        user = accounts.create_account(
            maker, kind="staff", username=name.lower(), person=who.reference, name=f"{name} Wichmann"
        )
        found[name.lower()] = actor_of(user)
    friend = network.add_relative(
        nurse, WILMA, name=Name("Dettmer", "Gesa"), relationship="NBOR", categories=["administrative", "chat"]
    )
    guardian = network.add_relative(nurse, WILMA, name=Name("Dettmer", "Uwe"), relationship="SON")
    network.make_representative(
        nurse,
        guardian.logical_id,
        scope=["clinical", "chat", "administrative"],
        evidence="Betreuerausweis",
        kind="guardian",
        until=timezone.localtime() + timedelta(days=400),
    )
    for name, related in (("gesa", friend), ("uwe", guardian)):
        user = accounts.create_account(maker, kind="relative", username=name, person=related.reference)
        found[name] = actor_of(user)
    client = accounts.create_account(maker, kind="client", username="portal", name="Portal")
    return {**found, "portal": actor_of(client)}
