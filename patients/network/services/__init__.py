"""What is done with organisations, people, care links and consents."""

from patients.network.services.admission import admit_patient
from patients.network.services.consents import allow, object_to, withdraw
from patients.network.services.emergencies import end_emergency, open_in_emergency, review_emergency
from patients.network.services.erasure import carry_out_postponed, erase, hold, holds, release
from patients.network.services.erasure_requests import (
    check_erasure,
    grant_erasure,
    may_ask_for_erasure,
    refuse_erasure,
    request_erasure,
)
from patients.network.services.links import end_link, start_link
from patients.network.services.organisations import add_function, add_practitioner, create_organisation
from patients.network.services.relatives import add_relative, make_representative
from patients.network.services.requests import check_request, grant_request, may_ask, refuse_request, request_access
from patients.network.services.sign_ins import print_sign_in

__all__ = [
    "add_function",
    "add_practitioner",
    "add_relative",
    "admit_patient",
    "allow",
    "carry_out_postponed",
    "check_erasure",
    "check_request",
    "create_organisation",
    "end_emergency",
    "end_link",
    "erase",
    "grant_erasure",
    "grant_request",
    "hold",
    "holds",
    "make_representative",
    "may_ask",
    "may_ask_for_erasure",
    "object_to",
    "open_in_emergency",
    "print_sign_in",
    "refuse_erasure",
    "refuse_request",
    "release",
    "request_access",
    "request_erasure",
    "review_emergency",
    "start_link",
    "withdraw",
]
