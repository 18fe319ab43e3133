"""Is this the person? Fixed rules over what two Patients say of themselves; nothing is weighed or guessed.

certain: the same insurance number and birth date; or the same name, birth date and address, of today or of earlier.
probable: the same insurance number, where one of the two has no birth date; another identifier of the same system,
and the birth date; or family name, first given name and birth date.
possible: the same identifier, whatever else differs; family name and birth date; or family name, first given name and
postal code, where the birth dates do not differ.

Two different insurance numbers make nobody certain. https://hl7.org/fhir/R4/valueset-match-grade.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from patients.access import Repository
from patients.errors import Invalid
from patients.network import resources
from patients.network.resources import KVNR, Name, Resource
from patients.records import search
from patients.records.index.text import SHORTEST, folded
from patients.records.models import Document

MOST: Final = 10  # identifiers, and names, of one person
_CANDIDATES: Final = 200  # of one search
_SIGNS: Final = re.compile(r"([\\,|$])")


class Grade(StrEnum):
    """How sure the rules are, the surest first."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


def matches(records: Repository, person: Resource) -> list[tuple[Document, Grade]]:
    """The patients who may be this person, among those whom the repository's holder may see; the surest first.

    Only compared, and not logged: who shows them says so (`records.saw`). Raises Invalid.
    """
    for name in ("identifier", "name"):
        if len(person.get(name, ())) > MOST:
            raise Invalid(
                f"More than {MOST} entries; name those that are sure.", code="too-costly", where=f"Patient.{name}"
            )
    queries = [search.parse("Patient", [*query, ("_count", str(_CANDIDATES))]) for query in _searches(person)]
    found = records.peek_together(queries)
    graded = [(one, how) for one in found if (how := grade(person, one.content)) is not None]
    order = list(Grade)
    return sorted(graded, key=lambda each: (order.index(each[1]), each[0].pk))


def grade(one: Resource, other: Resource) -> Grade | None:
    """What the rules say of two Patients; None: nothing speaks for it."""
    born, differ = _born_alike(one, other)
    shared = _identifiers(one) & _identifiers(other)
    insured = {system for system, _ in shared} & {KVNR}
    family, full = _named_alike(one, other)
    if (insured and born) or (born and alike(one, other)):
        return Grade.PROBABLE if _other_number(one, other) else Grade.CERTAIN
    if (insured and not differ) or (shared and born) or (full and born):
        return Grade.PROBABLE
    if shared or (family and born) or (full and not differ and _postal_codes(one) & _postal_codes(other)):
        return Grade.POSSIBLE
    return None


def alike(one: Resource, other: Resource) -> bool:
    """Whether they have a name and an address in common, of today or of earlier: people marry, and move."""
    return bool(_whole_names(one) & _whole_names(other)) and bool(_places(one) & _places(other))


def _whole_names(one: Resource) -> frozenset[Name]:
    """Every name that a Patient has or had, folded, without titles."""
    names = [resources.name_of({"name": [entry]}) for entry in one.get("name", ())]
    return frozenset(Name(*_folded([name.family, name.given])) for name in names if name.family)


def _places(one: Resource) -> frozenset[tuple[str, ...]]:
    """Street and postal code of every address that a Patient has or had."""
    known = (resources.address_of({"address": [entry]}) for entry in one.get("address", ()))
    return frozenset(tuple(_folded([each.line, each.postal_code])) for each in known if each and each.line)


def _searches(person: Resource) -> Iterator[list[tuple[str, str]]]:
    """What must be looked for, so that whoever a rule fits is among what is found."""
    for system, value in sorted(_identifiers(person)):
        yield [("identifier", f"{_plain(system)}|{_plain(value)}")]
    born = person.get("birthDate")
    for name in person.get("name", ()):
        family = name.get("family")
        if not family:
            continue
        named = by_family(family)
        if born:
            yield [named, ("birthdate", born)]
        for code in sorted(_postal_codes(person)):
            yield [named, ("address-postalcode:exact", _plain(code))]


def by_family(family: str) -> tuple[str, str]:
    """What finds everybody of this family name, however short it is, and whatever signs are in it."""
    return ("family" if len(folded(family)) >= SHORTEST else "family:exact", _plain(family[:32]))


def _plain(value: str) -> str:
    """With the signs escaped that part values in an address."""
    return _SIGNS.sub(r"\\\1", value)


def _identifiers(person: Resource) -> frozenset[tuple[str, str]]:
    return frozenset(
        (one["system"], one["value"].strip().casefold())
        for one in person.get("identifier", ())
        if one.get("system") and one.get("value", "").strip()
    )


def _other_number(one: Resource, other: Resource) -> bool:
    """Both have insurance numbers, and none in common."""
    numbers = [{value for system, value in _identifiers(each) if system == KVNR} for each in (one, other)]
    return all(numbers) and not numbers[0] & numbers[1]


def _born_alike(one: Resource, other: Resource) -> tuple[bool, bool]:
    """Whether the birth dates are the same, and whether they contradict: `1941` fits, but is not, 14 March 1941."""
    first, second = (str(each.get("birthDate", "")) for each in (one, other))
    if not first or not second:
        return False, False
    return first == second, not (first.startswith(second) or second.startswith(first))


def _named_alike(one: Resource, other: Resource) -> tuple[bool, bool]:
    """Whether they share a family name, and whether that with the first given name."""
    ours, theirs = _names(one), _names(other)
    return bool({family for family, _ in ours} & {family for family, _ in theirs}), bool(
        {each for each in ours if each[1]} & theirs
    )


def _names(person: Resource) -> set[tuple[str, str]]:
    """Family and first given name of each name."""
    return {
        (folded(name["family"]), folded(next(iter(name.get("given", ())), "")))
        for name in person.get("name", ())
        if folded(name.get("family", ""))
    }


def _postal_codes(person: Resource) -> set[str]:
    return {one["postalCode"].strip() for one in person.get("address", ()) if one.get("postalCode", "").strip()}


def _folded(words: Sequence[str]) -> list[str]:
    return [" ".join(word.split()).casefold().replace("straße", "str.").replace("strasse", "str.") for word in words]
