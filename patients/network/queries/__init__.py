"""Reads over the people and organisations of the network."""

from patients.network.queries.names import names
from patients.network.queries.people import Person, card, patients_of, person
from patients.network.queries.team import Member, Team, care_teams, organisation_names, team

__all__ = [
    "Member",
    "Person",
    "Team",
    "card",
    "care_teams",
    "names",
    "organisation_names",
    "patients_of",
    "person",
    "team",
]
