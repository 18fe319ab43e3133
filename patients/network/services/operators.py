"""Who runs the network: the first operator, from whom all other functions and sign-ins come, and those after."""

from __future__ import annotations

from patients.access import repository
from patients.accounts import queries as accounts
from patients.accounts import services as sign_ins
from patients.accounts.actor import Actor, Role
from patients.accounts.models import User
from patients.accounts.services import Sheet
from patients.database import write
from patients.errors import Invalid
from patients.network.queries import organisation_called
from patients.network.resources import Name
from patients.network.services.organisations import add_practitioner, create_organisation


def let_operator_in(actor: Actor, username: str, *, name: Name, organisation: str) -> Sheet:
    """A new operator who works for `organisation`, which is created as a municipality if none is called so.

    For the system only. Raises Invalid and Conflict as `add_practitioner` and `accounts.services.invite` do.
    """
    with write():
        place = _place(actor, organisation)
        person = add_practitioner(actor, name=name, organisation=place, role=Role.OPERATOR)
        return sign_ins.invite(actor, person.reference, username)


def let_operator_back_in(actor: Actor, username: str, *, drops_factor: bool = False) -> Sheet:
    """Another code for an operator who has lost the password or, with `drops_factor`, the second factor.

    For the system only. Raises Invalid for whoever is no operator: others ask their administrator.
    """
    user = operator_called(username)
    if user is None:
        text = f"{username} is no operator of this network. Codes for others are printed by their administrator."
        raise Invalid(text, code="not-found", where="username")
    return sign_ins.print_code(actor, user.pk, drops_factor=drops_factor)


def operator_called(username: str) -> User | None:
    """The account of an operator by its sign-in name."""
    user = User.objects.filter(kind=User.Kind.STAFF, username=username.strip().casefold()).first()
    works = user is not None and any(one.role is Role.OPERATOR for one in accounts.functions_of(user))
    return user if works else None


def _place(actor: Actor, called: str) -> str:
    if repository(actor).count("Organization", [("name:exact", called)]):
        return organisation_called(actor, called, option="--organisation")[0]
    return create_organisation(actor, name=called, kind="municipality").logical_id
