"""What kinds of files people keep: their LOINC code decides who may see them (patients.access.categories)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from patients.access.categories import CLINICAL, MEDICATION, NURSING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is what a form sends."""

    name: str
    code: str
    category: str
    word: StrOrPromise


KINDS: Final = (
    Kind("photo", "72170-4", NURSING, _("Photo of a wound or of skin")),
    Kind("nursing", "34746-8", NURSING, _("Nursing document")),
    Kind("letter", "11488-4", CLINICAL, _("Letter or finding")),
    Kind("plan", "56445-0", MEDICATION, _("Medication plan")),
)
BY_CODE: Final = {kind.code: kind for kind in KINDS}
BY_NAME: Final = {kind.name: kind for kind in KINDS}
