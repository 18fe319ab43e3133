"""Who must have a second factor: by role, for everybody, or nobody, as TELECARE_SECOND_FACTOR says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.conf import settings

from patients.accounts.actor import Role
from patients.accounts.models import User

ROLES: Final = frozenset(
    {
        Role.DOCTOR,
        Role.NURSE,
        Role.NURSING_LEAD,  # may do what a nurse may
        Role.ADMINISTRATOR,
        Role.OPERATOR,  # decides who administers
        Role.DATA_PROTECTION_OFFICER,
    }
)


def demanded(user: User, roles: Iterable[Role]) -> bool:
    """Whether this account may act only with a second factor. One of its roles that demands it is enough."""
    if settings.SECOND_FACTOR == "none" or user.kind == User.Kind.CLIENT:
        return False
    return settings.SECOND_FACTOR == "all" or not ROLES.isdisjoint(roles)
