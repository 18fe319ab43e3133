"""What changes when a RelatedPerson is written: does somebody come to act in the patient's name, or cease to?"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from patients.access import codes
from patients.access.representation import Kind, representation
from patients.accounts.actor import Actor, Role
from patients.network import resources

Resource = dict[str, Any]


def acting(resource: Resource) -> tuple[object, ...]:
    """All that decides whether, and how long, somebody acts in the patient's name."""
    shown = _extensions(resource)
    return (shown, resource.get("period"), resource.get("active", True)) if shown else ()


def who_saw(resource: Resource) -> set[str]:
    """Who has seen the paper: references."""
    parts = [part for one in _extensions(resource) for part in one.get("extension", ()) if part.get("url") == "by"]
    return {str(one.get("valueReference", {}).get("reference", "")) for one in parts}


def only_ends(before: Resource, after: Resource) -> bool:
    """Whether nothing changes but that a representation ends, now or earlier than it would have."""
    stood, ends = representation(before), representation(after)
    if stood is None or ends is None or ends.span.until > min(stood.span.until, timezone.now()):
        return False
    end = ends.span.until
    one, other = (resources.with_representation_until(each, end) for each in (before, after))
    return {**one, "meta": None} == {**other, "meta": None}


def may_end(actor: Actor, before: Resource) -> bool:
    """Without any paper: the patient revokes a power of attorney; a representative gives back what is theirs."""
    stood = representation(before)
    if stood is None:
        return False
    own = (stood.holder or f"RelatedPerson/{before.get('id')}") == actor.person
    return (actor.role is Role.REPRESENTATIVE and own) or (
        actor.role is Role.PATIENT and stood.kind is Kind.ATTORNEY and _of(before) == actor.person
    )


def _of(resource: Resource) -> str:
    return str(resource.get("patient", {}).get("reference", ""))


def _extensions(resource: Resource) -> list[Resource]:
    return [one for one in resource.get("extension", ()) if one.get("url") == codes.REPRESENTATION_EXTENSION]
