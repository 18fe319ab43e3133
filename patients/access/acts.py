"""What a person agrees or refuses to be done with them: video, photos. Such a Consent opens no record.

The form that takes effect: `status` active, one `category` `consent|video` or `consent|photo`, provisions on one level,
each with `type` permit or deny and `period`; a denial may name in `data` the one Encounter that it is about. Of a form
that is not known only the denials count, for everything of that kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from patients.access import codes, elements
from patients.access.derivation import ALWAYS, Span
from patients.access.periods import span_of

Content = dict[str, Any]

VIDEO: Final = "video"
PHOTO: Final = "photo"
ACTS: Final = (VIDEO, PHOTO)
_KNOWN: Final = frozenset({"id", "type", "period", "data", "provision"})


@dataclass(frozen=True, slots=True)
class Act:
    """Something that may (`permit`) or may not be done, for a time. `only`: the one Encounter that this is about."""

    kind: str
    permit: bool
    span: Span = ALWAYS
    only: str = ""


def kind_of(content: Content) -> str:
    """The act that this Consent is about; empty if it is about records, or about several things at once."""
    codings = (pair for concept in content.get("category", ()) for pair in elements.codings(concept))
    kinds = {code for system, code in codings if system == codes.CONSENT_KIND}
    return kinds.pop() if len(kinds) == 1 and kinds <= set(ACTS) else ""


def acts_of(content: Content, *, trusted: bool = True) -> Iterator[Act]:
    """What a Consent of this kind says now or will; nothing if it is not active. Not `trusted`: denials only."""
    kind = kind_of(content)
    if not kind or content.get("status") != "active":
        return
    root = content.get("provision") or {}
    known = not why_not_applied(content)
    outer = span_of(root.get("period"))
    for one in elements.provisions(root):
        permit = one.get("type") == "permit"
        if "type" not in one or (permit and not (trusted and known)):
            continue
        span = outer.within(span_of(one.get("period"))) if known else ALWAYS
        for only in (_instances(one) if known else []) or [""]:
            yield Act(kind, permit, span, only)


def only_denies(content: Content) -> bool:
    """Whether this is nothing but a no to an act, of the known form."""
    found = list(acts_of({**content, "status": "active"}))
    return bool(found) and not why_not_applied(content) and not any(one.permit for one in found)


def why_not_applied(content: Content) -> str:
    """Why a Consent of this kind must be read by hand; empty if it takes effect as it stands."""
    root = content.get("provision")
    if not isinstance(root, dict):
        return "no provision"
    entries = elements.on_one_level(root)
    if entries != [root] and ("type" in root or "data" in root):
        return "provisions in provisions"
    for one in (root, *entries):
        if not one.keys() <= _KNOWN:
            return "conditions that are not understood"
        if one is not root and one.get("provision"):
            return "provisions in provisions"
    for one in entries:
        if one.get("type") not in ("permit", "deny"):
            return "neither permit nor deny"
        data = one.get("data", ())
        if len(_instances(one)) != len(data) or (data and one["type"] == "permit"):
            return "conditions that are not understood"
    return ""


def _instances(provision: Content) -> list[str]:
    """The Encounters that a provision names as such."""
    found = [
        str(one.get("reference", {}).get("reference", ""))
        for one in provision.get("data", ())
        if one.get("meaning") == "instance"
    ]
    return [one for one in found if one.startswith("Encounter/")]
