"""What is done to accounts, and what an account does by itself. Everything is audited; sockets are cut by events."""

from patients.accounts.services.accounts import (
    account_for,
    activate,
    create_account,
    deactivate,
    forget_person,
    issue_token,
    token_for,
)
from patients.accounts.services.linked import link, sign_in_with, unlink
from patients.accounts.services.one_time_codes import CODE_PRINTED, Sheet, hand_out, invite, print_code, redeem
from patients.accounts.services.passwords import change_password
from patients.accounts.services.second_factor import (
    confirm,
    new_recovery_codes,
    remove_factor,
    set_up_codes,
    set_up_passkey,
    show_code,
    show_passkey,
)
from patients.accounts.services.sessions import end_all_sessions, end_session, sign_out_everywhere
from patients.accounts.services.shared import begin_turn, come_back, mark_device, remove_pin, set_pin, unmark_device
from patients.accounts.services.signing_in import choose_function, choose_language, sign_in, sign_out

__all__ = [
    "CODE_PRINTED",
    "Sheet",
    "account_for",
    "activate",
    "begin_turn",
    "change_password",
    "choose_function",
    "choose_language",
    "come_back",
    "confirm",
    "create_account",
    "deactivate",
    "end_all_sessions",
    "end_session",
    "forget_person",
    "hand_out",
    "invite",
    "issue_token",
    "link",
    "mark_device",
    "new_recovery_codes",
    "print_code",
    "redeem",
    "remove_factor",
    "remove_pin",
    "set_pin",
    "set_up_codes",
    "set_up_passkey",
    "show_code",
    "show_passkey",
    "sign_in",
    "sign_in_with",
    "sign_out",
    "sign_out_everywhere",
    "token_for",
    "unlink",
    "unmark_device",
]
