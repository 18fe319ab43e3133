"""What is done with organisations, people, care links and consents."""

from patients.network.services.admission import admit_patient
from patients.network.services.consents import allow, object_to, withdraw
from patients.network.services.links import end_link, start_link
from patients.network.services.organisations import add_function, add_practitioner, create_organisation
from patients.network.services.relatives import add_relative, make_representative

__all__ = [
    "add_function",
    "add_practitioner",
    "add_relative",
    "admit_patient",
    "allow",
    "create_organisation",
    "end_link",
    "make_representative",
    "object_to",
    "start_link",
    "withdraw",
]
