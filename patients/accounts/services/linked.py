"""Accounts that are linked to who somebody is at their organisation's identity provider."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit
from patients.accounts import queries
from patients.accounts.actor import Actor
from patients.accounts.models import ProviderLink, User
from patients.accounts.providers import Claim, Provider
from patients.database import write
from patients.errors import Conflict, Invalid, Missing


def sign_in_with(provider: Provider, claim: Claim) -> User:
    """The account that was linked before. None is ever made or found by name or e-mail. Raises Invalid."""
    link = ProviderLink.objects.select_related("user").filter(provider=provider.key, subject=claim.subject).first()
    if link is None or not link.user.is_active:
        ident = str(link.user_id) if link else ""
        audit.record(None, action="sign-in", outcome="denied", type="Account", ident=ident, source="page")
        raise Invalid(
            _("No account here is linked with it. Sign in with your password first, and link it under “My account”.")
        )
    user = link.user
    asked = queries.has_second_factor(user.pk) and not claim.factor
    step = "provider" if asked else "sign-in"
    actor = queries.actor_of(user)
    audit.record(actor, action=step, type="Account", ident=str(user.pk), source="page", detail=provider.key)
    return user


def link(actor: Actor, provider: Provider, claim: Claim) -> None:
    """Link one's account. Raises Conflict when that person is linked already, or this account is."""
    user = _own(actor)
    with write():
        taken = ProviderLink.objects.filter(provider=provider.key, subject=claim.subject).exists()
        if taken or ProviderLink.objects.filter(provider=provider.key, user=user).exists():
            raise Conflict(_("This is linked already, with this account or another one."))
        ProviderLink.objects.create(user=user, provider=provider.key, subject=claim.subject, made_at=timezone.now())
        audit.record(actor, action="link-provider", type="Account", ident=str(user.pk), detail=provider.key)


def unlink(actor: Actor, provider: str) -> None:
    """Undo it. Raises Missing."""
    user = _own(actor)
    with write():
        if not ProviderLink.objects.filter(provider=provider, user=user).delete()[0]:
            raise Missing(_("This is not linked."))
        audit.record(actor, action="unlink-provider", type="Account", ident=str(user.pk), detail=provider)


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.account or 0, is_active=True).first()
    if user is None:
        raise Missing(_("There is no such account."))
    return user
