"""What is done with organisations, people, care links and consents."""

from patients.network.services.admission import admit_patient
from patients.network.services.consents import allow, object_to, withdraw
from patients.network.services.erasure import carry_out_postponed, erase, hold, holds, release
from patients.network.services.links import end_link, start_link
from patients.network.services.organisations import add_function, add_practitioner, create_organisation
from patients.network.services.relatives import add_relative, make_representative

__all__ = [
    "add_function",
    "add_practitioner",
    "add_relative",
    "admit_patient",
    "allow",
    "carry_out_postponed",
    "create_organisation",
    "end_link",
    "erase",
    "hold",
    "holds",
    "make_representative",
    "object_to",
    "release",
    "start_link",
    "withdraw",
]
