"""What the frame of every page says: who is signed in, and the figures on the rail."""

from __future__ import annotations

from messaging.chat import queries as chat
from patients.accounts.actor import Actor
from patients.database import numbers
from patients.network import queries as network
from telecare.consultations import queries as consultations
from telecare.dashboards.queries.shapes import Counts, Me
from telecare.tasks import queries as tasks


def me(actor: Actor) -> Me:
    """Who is signed in, and for which organisation."""
    own = f"Organization/{actor.organisation}" if actor.organisation else ""
    names = network.names([actor.person or "", own])
    return Me(name=names.get(actor.person or "", ""), organisation=names.get(own, ""))


def counts(actor: Actor) -> Counts:
    """The figures on the rail: threads with something new, open tasks, people who wait. One statement."""
    return Counts(*numbers(chat.unread(actor), tasks.open_count(actor), consultations.waiting_count(actor)))
