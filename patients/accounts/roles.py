"""What the functions are called on screen."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patients.accounts.actor import Role

_WORDS: dict[Role, str | Promise] = {
    Role.DOCTOR: _("Doctor"),
    Role.NURSE: pgettext_lazy("function", "Nurse"),
    Role.NURSING_ASSISTANT: _("Nursing assistant"),
    Role.NURSING_LEAD: _("Head of nursing"),
    Role.PRACTICE_NURSE: _("Practice nurse"),
    Role.PRACTICE_ASSISTANT: _("Practice assistant"),
    Role.PHARMACIST: _("Pharmacist"),
    Role.HOSPITAL_DISCHARGE: _("Discharge management"),
    Role.PATIENT: pgettext_lazy("function", "Patient"),
    Role.REPRESENTATIVE: _("Representative"),
    Role.RELATIVE: pgettext_lazy("function", "Relative"),
    Role.GUEST: _("Guest"),
    Role.HELPER: _("Helper"),
    Role.COORDINATOR: _("Coordinator"),
    Role.OPERATOR: _("Operator"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.DATA_PROTECTION_OFFICER: _("Data protection officer"),
    Role.SYSTEM: _("Telecare"),
    Role.SYSTEM_CLIENT: _("Connected system"),
}


def word(role: Role) -> str:
    """The word for this function, in the language of the reader."""
    return str(_WORDS[role])
