"""How organisations, people, care links, bases and consents are built as FHIR resources, and read back.

Which elements take effect, and how, is described in patients/access/README.md.
"""

from patients.network.identifiers import KVNR
from patients.network.resources.basics import Address, Name, Resource, moment
from patients.network.resources.dated import days, followed, in_force
from patients.network.resources.directory import KINDS, function, kind_of, organisation, practitioner, reachable
from patients.network.resources.links import Basis, care_link, consent, organisations_in, treatment
from patients.network.resources.people import (
    address_of,
    is_rehearsal,
    kvnr_of,
    name_of,
    person,
    phone_of,
    relative,
    representation,
)

__all__ = [
    "KINDS",
    "KVNR",
    "Address",
    "Basis",
    "Name",
    "Resource",
    "address_of",
    "care_link",
    "consent",
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
    "person",
    "phone_of",
    "practitioner",
    "reachable",
    "relative",
    "representation",
    "treatment",
]
