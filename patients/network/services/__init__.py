"""What is done with organisations, people, care links and consents."""

from patients.network.services.absences import end_absence, enter_absence
from patients.network.services.admission import admit_patient
from patients.network.services.choices import SWITCHED, choose, seen_by
from patients.network.services.consents import agree_to, allow, object_to, refuse, withdraw
from patients.network.services.emergencies import end_emergency, open_in_emergency, review_emergency
from patients.network.services.erasure import carry_out_postponed, erase, hold, holds, release
from patients.network.services.erasure_requests import (
    check_erasure,
    grant_erasure,
    may_ask_for_erasure,
    refuse_erasure,
    request_erasure,
)
from patients.network.services.joining import join_records, part_records
from patients.network.services.links import accept_link, add_basis, end_link, hand_over, start_link
from patients.network.services.operators import let_operator_back_in, let_operator_in
from patients.network.services.organisations import (
    add_function,
    add_practitioner,
    change_organisation,
    create_organisation,
    end_function,
    move_organisation,
)
from patients.network.services.persons import change_contact, move_person, rename_person
from patients.network.services.relatives import add_relative, end_representation, make_representative
from patients.network.services.requests import check_request, grant_request, may_ask, refuse_request, request_access
from patients.network.services.rota import end_on_call, give_back_turn, offer_on_call, take_turn
from patients.network.services.sign_ins import print_sign_in
from patients.network.services.standing_in import StoodIn, stand_in_for_all

__all__ = [
    "SWITCHED",
    "StoodIn",
    "accept_link",
    "add_basis",
    "add_function",
    "add_practitioner",
    "add_relative",
    "admit_patient",
    "agree_to",
    "allow",
    "carry_out_postponed",
    "change_contact",
    "change_organisation",
    "check_erasure",
    "check_request",
    "choose",
    "create_organisation",
    "end_absence",
    "end_emergency",
    "end_function",
    "end_link",
    "end_on_call",
    "end_representation",
    "enter_absence",
    "erase",
    "give_back_turn",
    "grant_erasure",
    "grant_request",
    "hand_over",
    "hold",
    "holds",
    "join_records",
    "let_operator_back_in",
    "let_operator_in",
    "make_representative",
    "may_ask",
    "may_ask_for_erasure",
    "move_organisation",
    "move_person",
    "object_to",
    "offer_on_call",
    "open_in_emergency",
    "part_records",
    "print_sign_in",
    "refuse",
    "refuse_erasure",
    "refuse_request",
    "release",
    "rename_person",
    "request_access",
    "request_erasure",
    "review_emergency",
    "seen_by",
    "stand_in_for_all",
    "start_link",
    "take_turn",
    "withdraw",
]
