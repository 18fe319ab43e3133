"""Whether the name that stands beside a reference is a name of who is referenced (README: who speaks).

Pages show the name of the reference. Other systems show `display`, and would be told of one person what is recorded
about another. What is compared: folded words, with all names that the person has or had. Titles, initials and words
after a whole name are free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from patients import vault
from patients.access.ceilings import Action
from patients.access.naming import plain
from patients.access.rules import decide
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.errors import Invalid
from patients.records.index.text import folded
from patients.records.models import Document

Content = dict[str, Any]
Words = frozenset[str]

_PEOPLE: Final = ("Patient", "RelatedPerson", "Practitioner")
_PARTS: Final = ("practitioner", "organization")  # of a PractitionerRole, which has no name of its own
_KINDS: Final = (*_PEOPLE, "PractitionerRole", "Organization")
_TITLES: Final = frozenset(["herr", "frau", "mr", "mrs", "ms", "miss", "dr", "med", "dent", "rer", "nat", "prof"])


def check(actor: Actor, resource: Content, before: Content | None) -> None:
    """Raises Invalid, with the place, where a name newly stands beside a reference to somebody who is not called so.

    What the actor may not see, or what has no name here, is not compared. Asked last, as `naming.check`.
    """
    kind = resource["resourceType"]
    if kind == "Bundle":  # kept whole, as it was received
        return
    kept = set() if before is None else {(reference, shown) for _at, reference, shown in _shown(before, kind)}
    for at, reference, shown in _shown(resource, kind):
        if (reference, shown) not in kept and not _fits(actor, reference, shown):
            text = _("The name beside a reference must be the name of who is referenced. Correct it, or leave it out.")
            raise Invalid(text, code="value", where=f"{at}.display")


def _shown(value: object, at: str) -> Iterator[tuple[str, str, str]]:
    """Place, type and id, and the name beside it, for every reference to people and organisations."""
    if isinstance(value, list):
        for one in value:
            yield from _shown(one, at)
    elif isinstance(value, dict):
        reference, shown = value.get("reference"), value.get("display")
        if isinstance(reference, str) and isinstance(shown, str):
            named = plain(reference)
            if named.partition("/")[0] in _KINDS:
                yield at, named, shown
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _shown(inner, f"{at}.{name}")


def _fits(actor: Actor, reference: str, shown: str) -> bool:
    names = list(_names(actor, reference))
    words = _words(shown)
    return not names or any(name.fits(words) for name in names)


@dataclass(frozen=True, slots=True)
class _Name:
    """One name: the words that make it out, those of which one must stand beside them, and all that belong to it."""

    needed: Words
    one_of: Words
    known: Words

    def fits(self, words: Words) -> bool:
        """Nothing but words of this name; or the whole of it, with whatever else is said."""
        whole = self.needed <= words and (not self.one_of or bool(self.one_of & words))
        return words <= self.known or whole


def _names(actor: Actor, reference: str) -> Iterator[_Name]:
    kind, _slash, ident = reference.partition("/")
    document = Document.objects.filter(type=kind, logical_id=ident, deleted=False).first()
    if document is None or not decide(actor, Action.READ, document):
        return
    try:
        content = document.content
    except vault.Unreadable:  # erased: nobody is called that any more
        return
    if kind == "PractitionerRole":
        for part in _PARTS:
            yield from _names(actor, plain(str(content.get(part, {}).get("reference", ""))))
    elif kind == "Organization":
        for name in (content.get("name"), *content.get("alias", ())):
            if words := _words(name):
                yield _Name(words, frozenset(), words)
    else:
        yield from filter(None, map(_human, content.get("name", ())))
        if kind == "Practitioner" and (called := User.objects.filter(person=reference).values_list("name").first()):
            yield from filter(None, [_human({"text": called[0]})])


def _human(name: Content) -> _Name | None:
    """https://hl7.org/fhir/R4/datatypes.html#HumanName"""
    family, given = _words(name.get("family")), _words(*name.get("given", ()))
    text = _words(name.get("text"))
    needed = family or text or given
    if not needed:
        return None
    initials = {word[0] for word in given or text}
    extra = _words(*name.get("prefix", ()), *name.get("suffix", ()))
    return _Name(needed - _TITLES, given if family else frozenset(), needed | given | text | extra | initials | _TITLES)


def _words(*texts: object) -> Words:
    return frozenset(word for text in texts if isinstance(text, str) for word in folded(text).split())
