"""The number under which somebody who represents several patients is known: told to staff, entered beside the paper.

It is a keyed HMAC of who signs in, fifty bits in ten signs, so that nobody finds another's by trying, and knowing it
opens nothing by itself.
"""

from __future__ import annotations

import base64
from typing import Final

from django.utils.translation import gettext as _

from patients import vault
from patients.accounts.models import User
from patients.errors import Invalid
from patients.network.queries.names import names

_LENGTH: Final = 10
_READ_ALIKE: Final = str.maketrans("01", "OI")  # Base32 has neither


def number_of(person: str) -> str:
    """The number of a RelatedPerson who has an account: "ABCDE-FGHIJ"."""
    text = base64.b32encode(vault.mac("number of a representative", person))[:_LENGTH].decode()
    return f"{text[:5]}-{text[5:]}"


def holder_of(number: str, family: str) -> str:
    """Whose number this is: a reference. Raises Invalid alike for an unknown number and for another family name."""
    wanted = "".join(number.upper().translate(_READ_ALIKE).split()).replace("-", "")
    accounts = User.objects.filter(kind=User.Kind.RELATIVE, is_active=True).exclude(person="")
    for person in accounts.values_list("person", flat=True).iterator():
        if vault.same(number_of(person).replace("-", ""), wanted):
            called = names([person]).get(person, "")
            if family.strip() and called.casefold().split()[-1:] == family.casefold().split()[-1:]:
                return str(person)
    raise Invalid(_("This number and this name do not belong together. Please ask the person for the number."))
