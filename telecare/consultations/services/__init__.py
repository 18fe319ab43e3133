"""What people do around a consultation. One function for each thing; import them from here."""

from telecare.consultations.services.booking import book, call_in, cancel, close, hand_over, switch_medium
from telecare.consultations.services.erasure import forget_patient
from telecare.consultations.services.forgetting import forget_calls
from telecare.consultations.services.invitations import (
    Issued,
    asked_for,
    cancel_invitation,
    enter_by_invitation,
    found_invitation,
    give_new_pin,
    invite,
    knock,
)
from telecare.consultations.services.notes import correct, order, read_back, save_draft, sign
from telecare.consultations.services.refusing import refuse_call
from telecare.consultations.services.rooms import (
    Entered,
    alive,
    claim,
    end_call,
    expire,
    hand_on,
    join,
    leave,
    let_go_away,
    lost,
    members,
    reopen,
    withdraw,
)
from telecare.consultations.services.slots import book_appointment, cancel_appointment
from telecare.consultations.services.waiting import (
    Place,
    admit,
    agree,
    alarm_unattended,
    look,
    send_away,
    wait,
)

__all__ = [
    "Entered",
    "Issued",
    "Place",
    "admit",
    "agree",
    "alarm_unattended",
    "alive",
    "asked_for",
    "book",
    "book_appointment",
    "call_in",
    "cancel",
    "cancel_appointment",
    "cancel_invitation",
    "claim",
    "close",
    "correct",
    "end_call",
    "enter_by_invitation",
    "expire",
    "forget_calls",
    "forget_patient",
    "found_invitation",
    "give_new_pin",
    "hand_on",
    "hand_over",
    "invite",
    "join",
    "knock",
    "leave",
    "let_go_away",
    "look",
    "lost",
    "members",
    "order",
    "read_back",
    "refuse_call",
    "reopen",
    "save_draft",
    "send_away",
    "sign",
    "switch_medium",
    "wait",
    "withdraw",
]
