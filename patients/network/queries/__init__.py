"""Reads over the people and organisations of the network."""

from patients.network.queries.acts import (
    Standing,
    Word,
    acts_among,
    acts_of_patient,
    refusals,
    refused,
    standing,
    standing_among,
)
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
from patients.network.queries.consents import Agreement, Line, State, agreements
from patients.network.queries.joining import pair_page, records_page, similar_people
from patients.network.queries.links import cared_for, hand_over_page, invite_page, stand_in_page, team_page
from patients.network.queries.names import colleagues, names
from patients.network.queries.organisations import organisation_called
from patients.network.queries.people import (
    HEAD,
    Person,
    card,
    head_of,
    patient_of_family,
    patients_of,
    person,
    represents_in_health,
    wards_of,
)
from patients.network.queries.persons import admission_page, person_page
from patients.network.queries.sign_ins import SignInsPage, sign_ins_page
from patients.network.queries.staff import (
    ColleaguePage,
    colleague_page,
    new_colleague_page,
    organisation_page,
    organisations_page,
    rota_page,
)
from patients.network.queries.team import TEAM, Member, Team, care_teams, organisation_names, team, team_of

__all__ = [
    "HEAD",
    "TEAM",
    "Agreement",
    "ColleaguePage",
    "Line",
    "Member",
    "Person",
    "SignInsPage",
    "Standing",
    "State",
    "Team",
    "Word",
    "acts_among",
    "acts_of_patient",
    "admission_page",
    "agreements",
    "card",
    "care_teams",
    "cared_for",
    "colleague_page",
    "colleagues",
    "custodians",
    "erasures",
    "erasures_to_answer",
    "hand_over_page",
    "head_of",
    "invite_page",
    "names",
    "new_colleague_page",
    "organisation_called",
    "organisation_names",
    "organisation_page",
    "organisations_page",
    "own_requests",
    "pair_page",
    "patient_of_family",
    "patients_of",
    "person",
    "person_page",
    "readings",
    "readings_search",
    "readings_to_review",
    "records_page",
    "refusals",
    "refused",
    "represents_in_health",
    "requests_to_answer",
    "rota_page",
    "sign_ins_page",
    "similar_people",
    "stand_in_page",
    "standing",
    "standing_among",
    "team",
    "team_of",
    "team_page",
    "wards_of",
]
