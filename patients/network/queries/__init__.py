"""Reads over the people and organisations of the network."""

from patients.network.queries.asking import (
    custodians,
    erasures,
    erasures_to_answer,
    own_requests,
    readings,
    readings_search,
    readings_to_review,
    requests_to_answer,
)
from patients.network.queries.names import names
from patients.network.queries.organisations import organisation_called
from patients.network.queries.people import HEAD, Person, card, head_of, patients_of, person
from patients.network.queries.sign_ins import SignInsPage, sign_ins_page
from patients.network.queries.team import TEAM, Member, Team, care_teams, organisation_names, team, team_of

__all__ = [
    "HEAD",
    "TEAM",
    "Member",
    "Person",
    "SignInsPage",
    "Team",
    "card",
    "care_teams",
    "custodians",
    "erasures",
    "erasures_to_answer",
    "head_of",
    "names",
    "organisation_called",
    "organisation_names",
    "own_requests",
    "patients_of",
    "person",
    "readings",
    "readings_search",
    "readings_to_review",
    "requests_to_answer",
    "sign_ins_page",
    "team",
    "team_of",
]
