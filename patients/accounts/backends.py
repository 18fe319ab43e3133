"""Sign-in with a name and a password."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend


class SignIn(ModelBackend):
    """Staff sign in with their name as it stands; patients and relatives with a name that is only known as HMAC."""
