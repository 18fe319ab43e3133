"""Sign-in with a name and a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from patients.accounts import names
from patients.accounts.models import User


class SignIn(BaseBackend):
    """Staff sign in with their name as it stands; patients and relatives with a name that is only known as HMAC.

    An unknown name costs the same work as a wrong password: one HMAC, one query, one hash.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The active account of that name and password."""
        if username is None or password is None:
            return None
        user = self.checked(username, password)
        return user if user and user.is_active else None

    def checked(self, username: str, password: str) -> User | None:
        """The account of that name and password, switched off or not."""
        user = self.named(username)
        if user is None:
            make_password(password)
            return None
        return user if check_password(password, user.password) else None

    def named(self, username: str) -> User | None:
        """The account of that name. Clients have no password and are never found."""
        either = [names.folded(username), names.hidden(username)]
        return User.objects.filter(username__in=either).exclude(kind=User.Kind.CLIENT).first()

    def get_user(self, user_id: int) -> User | None:
        """The active account with this key."""
        return User.objects.filter(pk=user_id, is_active=True).first()
