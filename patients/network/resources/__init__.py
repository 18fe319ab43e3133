"""How organisations, people, care links, bases and consents are built as FHIR resources, and read back.

Which elements take effect, and how, is described in patients/access/README.md.
"""

from patients.network.identifiers import KVNR
from patients.network.resources.basics import Address, Name, Resource, moment
from patients.network.resources.consents import (
    Paper,
    Withdrawal,
    consent,
    consent_to_act,
    paper_of,
    withdrawal_of,
    withdrawn,
)
from patients.network.resources.dated import days, followed, in_force
from patients.network.resources.directory import KINDS, function, kind_of, organisation, practitioner, reachable
from patients.network.resources.links import (
    KINDS_OF_BASIS,
    Basis,
    bases_of,
    care_link,
    organisations_in,
    treatment,
    with_basis,
)
from patients.network.resources.people import (
    address_of,
    is_rehearsal,
    kvnr_of,
    name_of,
    person,
    phone_of,
    relative,
    representation,
    with_representation_until,
)

__all__ = [
    "KINDS",
    "KINDS_OF_BASIS",
    "KVNR",
    "Address",
    "Basis",
    "Name",
    "Paper",
    "Resource",
    "Withdrawal",
    "address_of",
    "bases_of",
    "care_link",
    "consent",
    "consent_to_act",
    "days",
    "followed",
    "function",
    "in_force",
    "is_rehearsal",
    "kind_of",
    "kvnr_of",
    "moment",
    "name_of",
    "organisation",
    "organisations_in",
    "paper_of",
    "person",
    "phone_of",
    "practitioner",
    "reachable",
    "relative",
    "representation",
    "treatment",
    "with_basis",
    "with_representation_until",
    "withdrawal_of",
    "withdrawn",
]
