"""What a role can do at most, whoever the patient is: the table of DESIGN §5 as data.

A cell is a list of words: letters of actions (`c` create, `r` read, `u` update, `t` take back: update to
entered-in-error), then optionally what they are narrowed to: a type of FHIR, `vital-signs`, or `own` (what the acting
organisation answers for).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from patients.access.categories import DIRECTORY, OF_PATIENTS, is_vital_sign
from patients.accounts.actor import Role


class Action(StrEnum):
    """What is done with a document."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Deed(StrEnum):
    """What is done with a person and is no document of its own."""

    CONSULT = "consult"
    ADMIT = "admit"  # take on a patient, invite another organisation
    RECORD_CONSENT = "record consent"
    EMERGENCY = "emergency"  # break-glass


@dataclass(frozen=True, slots=True)
class Leave:
    """One way in which a role may act on a category; empty `types` means all."""

    types: frozenset[str] = frozenset()
    own: bool = False
    vital_signs: bool = False
    taking_back: bool = False

    def fits(self, resource: dict[str, Any]) -> bool:
        """Whether the content is of the kind that this leave is for."""
        if self.vital_signs and not is_vital_sign(resource):
            return False
        if self.taking_back and resource.get("status") != "entered-in-error":
            return False
        return not self.types or resource.get("resourceType") in self.types


_LETTERS: Final = {"c": Action.CREATE, "r": Action.READ, "u": Action.UPDATE, "t": Action.UPDATE}
_COLUMNS: Final = OF_PATIENTS

_MEASURES: Final = "r ct:vital-signs cu:Task c:Provenance"  # who measures signs what they wrote
_TAKES: Final = "r c:MedicationStatement"
_ANSWERS: Final = "r ct:vital-signs c:QuestionnaireResponse"
_TABLE: Final[dict[Role, tuple[str, ...]]] = {
    # role                    administrative clinical    medication  nursing   mental chat  consent
    Role.DOCTOR:             ("cru",         "cru",      "cru",      "r",      "cru", "cr", "r"),
    Role.NURSE:              ("cru",         _MEASURES,  _TAKES,     "cru",    "",    "cr", "r"),
    Role.NURSING_ASSISTANT:  ("r",           "r ct:vital-signs", "r", "r",      "",    "cr", ""),
    Role.NURSING_LEAD:       ("cru",         _MEASURES,  _TAKES,     "cru",    "",    "cr", "r"),
    Role.PRACTICE_NURSE:     ("cru",         _MEASURES,  "r",        "r",      "",    "cr", ""),
    Role.PRACTICE_ASSISTANT: ("cru",         "r cu:Task", "r",       "r",      "",    "cr", ""),
    Role.PHARMACIST:         ("r",           "",         _TAKES,     "",       "",    "cr", ""),
    Role.HOSPITAL_DISCHARGE: ("cr:own",      "cr:own",   "cr:own",   "cr:own", "",    "",   ""),
    Role.PATIENT:            ("r u:Patient", _ANSWERS,   "r",        "r",      "r",   "cr", "r"),
    Role.REPRESENTATIVE:     ("r u:Patient", _ANSWERS,   "r",        "r",      "r",   "cr", "r"),
    Role.RELATIVE:           ("r",           "r",        "r",        "r",      "",    "cr", ""),
    Role.DATA_PROTECTION_OFFICER: ("",       "",         "",         "",       "",    "",   "r"),
}  # fmt: skip

_READS_DIRECTORY: Final = frozenset(Role) - {Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE, Role.GUEST}
_WRITES_DIRECTORY: Final = frozenset(
    {
        *(Role.DOCTOR, Role.NURSE, Role.NURSING_LEAD, Role.PRACTICE_NURSE, Role.PRACTICE_ASSISTANT, Role.PHARMACIST),
        *(Role.HOSPITAL_DISCHARGE, Role.ADMINISTRATOR, Role.OPERATOR),
    }
)
_NEVER_DELETE: Final = (Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE)
_DEEDS: Final[dict[Role, frozenset[Deed]]] = {
    Role.DOCTOR: frozenset({Deed.CONSULT, Deed.ADMIT, Deed.EMERGENCY}),
    Role.NURSE: frozenset({Deed.CONSULT, Deed.ADMIT, Deed.RECORD_CONSENT, Deed.EMERGENCY}),
    Role.NURSING_LEAD: frozenset({Deed.CONSULT, Deed.ADMIT, Deed.RECORD_CONSENT, Deed.EMERGENCY}),
    Role.NURSING_ASSISTANT: frozenset({Deed.CONSULT}),
    Role.PRACTICE_NURSE: frozenset({Deed.CONSULT, Deed.ADMIT, Deed.RECORD_CONSENT}),
    Role.PRACTICE_ASSISTANT: frozenset({Deed.CONSULT, Deed.ADMIT, Deed.RECORD_CONSENT}),
    Role.PATIENT: frozenset({Deed.CONSULT, Deed.RECORD_CONSENT}),
    Role.REPRESENTATIVE: frozenset({Deed.CONSULT, Deed.RECORD_CONSENT}),
}
# These see what is granted to them by name (a nursing assistant: the visits of the day), not to their organisation.
BY_NAME_ONLY: Final = frozenset({Role.NURSING_ASSISTANT, Role.RELATIVE, Role.REPRESENTATIVE})


def may(role: Role, deed: Deed) -> bool:
    """Whether the role can do this at all."""
    return deed in _DEEDS.get(role, frozenset())


def fits(role: Role, action: Action, category: str, resource: dict[str, Any]) -> bool:
    """Whether the role may do this with such content ("nurses create only vital signs")."""
    return any(leave.fits(resource) for leave in ceiling(role, action).get(category, ()))


@cache
def ceiling(role: Role, action: Action) -> dict[str, tuple[Leave, ...]]:
    """By category, the ways in which this role may do this. Who may update may delete what they answer for."""
    cells = dict(zip(_COLUMNS, _TABLE.get(role, ()), strict=False))
    if role in _READS_DIRECTORY:
        cells[DIRECTORY] = "r cu:own" if role in _WRITES_DIRECTORY else "r"
    if action is Action.DELETE and role in _NEVER_DELETE:
        return {}
    asked = Action.UPDATE if action is Action.DELETE else action
    found = {category: _leaves(cell, asked) for category, cell in cells.items()}
    if action is Action.DELETE:
        found = {name: tuple(one for one in leaves if not one.taking_back) for name, leaves in found.items()}
    return {category: leaves for category, leaves in found.items() if leaves}


def _leaves(cell: str, action: Action) -> tuple[Leave, ...]:
    leaves = []
    for word in cell.split():
        letters, _, narrowed = word.partition(":")
        matching = [letter for letter in letters if _LETTERS[letter] is action]
        if not matching:
            continue
        vital_signs = narrowed == "vital-signs"
        types = {"vital-signs": {"Observation"}, "own": set[str](), "": set[str]()}.get(narrowed, {narrowed})
        leaves.append(Leave(frozenset(types), narrowed == "own", vital_signs, taking_back=matching == ["t"]))
    return tuple(leaves)
