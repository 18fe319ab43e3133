"""Passkeys (WebAuthn level 2): kept by a telephone, a computer or a key, which asks for a finger, a face or a PIN.

They are made so that they name their account themselves, and always verify the person: one of them is both factors.
Everything here runs inside a request (`allauth.account.middleware`): the challenge stands in the session.
"""

from __future__ import annotations

import json
from typing import Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

from patients.accounts.factors.adapter import of_account
from patients.accounts.models import User

PASSKEY = Authenticator.Type.WEBAUTHN
LONGEST: Final = 20_000  # characters of an answer
_FAULTS = (ValidationError, ValueError, TypeError, KeyError, AttributeError)  # what libraries say of odd answers


def challenge_to_make(user: User) -> dict[str, Any]:
    """What `navigator.credentials.create` is given."""
    options: dict[str, Any] = auth.begin_registration(user, passwordless=True)
    return options


def challenge_to_show() -> dict[str, Any]:
    """What `navigator.credentials.get` is given: any passkey of this site will do."""
    options: dict[str, Any] = auth.begin_authentication()
    return options


def made(answer: str) -> dict[str, Any] | None:
    """The new passkey in this answer to the challenge; None when it is not one, or did not verify the person."""
    try:
        credential: dict[str, Any] = json.loads(answer)
        auth.parse_registration_response(credential)
        return credential if auth.complete_registration(credential).is_user_verified() else None
    except _FAULTS:
        return None


def keep(user: User, name: str, credential: dict[str, Any]) -> None:
    """Keep it for this account. Its name is sealed: people call them after people. Inside `write()`."""
    with of_account(user.pk):
        auth.WebAuthn.add(user, get_adapter().encrypt(name), credential)


def name_of(row: Authenticator) -> str:
    """What its owner called it."""
    with of_account(row.user_id):
        return str(get_adapter().decrypt(row.data["name"]))


def shown(answer: str) -> tuple[User, Authenticator] | None:
    """The account whose passkey gave this answer to the challenge, and the passkey; None when there is none."""
    try:
        response = json.loads(answer)
        auth.parse_authentication_response(response)
        user = auth.extract_user_from_response(response)
        return user, auth.complete_authentication(user, response)
    except _FAULTS:
        return None
