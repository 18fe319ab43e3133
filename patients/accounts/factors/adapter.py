"""How django-allauth's second factors are sealed and named here. We use its table and its checks, not its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter

from patients import vault
from patients.accounts.models import User

ISSUER: Final = "Telecare"
_PURPOSE: Final = "second factor"
_owner: ContextVar[int] = ContextVar("owner")


@contextmanager
def of_account(account: int) -> Iterator[None]:
    """Secrets that are sealed and opened inside belong to this account: copied into another's row they do not open."""
    token = _owner.set(account)
    try:
        yield
    finally:
        _owner.reset(token)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """MFA_ADAPTER of the settings."""

    def encrypt(self, text: str) -> str:
        return vault.seal_secret(_PURPOSE, _owner.get(), text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.open_secret(_PURPOSE, _owner.get(), encrypted_text)

    def get_totp_issuer(self) -> str:
        return ISSUER

    def _get_site_name(self) -> str:
        return ISSUER

    def _get_user_identifier(self, user: User) -> str:
        """What stands in a telephone or key: the names of patients are not known here, and need not stand there."""
        return user.username if user.kind == User.Kind.STAFF else ISSUER

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": user.name or ISSUER}
