"""Consents in words that everybody understands."""

from __future__ import annotations

from django.utils.translation import gettext as _

from patients.access.acts import PHOTO, VIDEO
from patients.network.queries import Line, State, Word
from telecare.privacy.shapes import Sign


def category(code: str) -> str:
    """A category of records."""
    return {
        "administrative": _("Name, address, appointments"),
        "clinical": _("Values and findings"),
        "medication": _("Medicines"),
        "nursing": _("Care and wounds"),
        "mental": _("Mental health"),
        "chat": _("Conversation of the team"),
        "consent": _("Consents"),
    }.get(code, code)


def act(code: str) -> str:
    """What is done with a person and needs a yes."""
    return {VIDEO: _("Video consultation"), PHOTO: _("Photos")}.get(code, code)


def line(said: Line) -> str:
    """One thing that is allowed or forbidden, as a sentence."""
    if said.act:
        return _act_line(said)
    what = ", ".join(category(one) for one in said.categories) or _("everything")
    if not said.whom:
        return _("Nobody may see: %(what)s") % {"what": what}
    who = said.name or _("Somebody who is not known here")
    sentence = _("%(who)s may see: %(what)s") if said.permit else _("%(who)s may not see: %(what)s")
    return sentence % {"who": who, "what": what}


def _act_line(said: Line) -> str:
    of = {"what": act(said.act)}
    if said.permit:
        return _("%(what)s: yes") % of
    return _("%(what)s: no, to one consultation") % of if said.only else _("%(what)s: no") % of


def sign(state: State, *, permits: bool) -> Sign:
    """The state of a Consent as shape and word."""
    if state is State.LIVE:
        return Sign("ok", _("Consent holds")) if permits else Sign("watch", _("Objection holds"))
    return {
        State.COMING: Sign("idle", _("Not yet begun")),
        State.OVER: Sign("idle", _("Over")),
        State.WITHDRAWN: Sign("idle", _("Taken back")),
        State.BY_HAND: Sign("watch", _("Not applied, read by hand")),
    }[state]


def word(said: Word) -> Sign:
    """What somebody has said about an act."""
    return {
        Word.YES: Sign("ok", _("Yes")),
        Word.NO: Sign("urgent", _("No")),
        Word.UNASKED: Sign("idle", _("Not asked yet")),
    }[said]


def why_by_hand(code: str) -> str:
    """Why a Consent is not applied."""
    return {
        "imported": _("It came in by import. What is imported opens nothing."),
        "category": _("It is not about what we can apply."),
        "no provision": _("It says nothing that we can apply."),
        "provisions in provisions": _("It has rules within rules."),
        "conditions that are not understood": _("It has conditions that we do not understand."),
        "neither permit nor deny": _("It says neither yes nor no."),
        "nobody is named": _("It names nobody who may see something."),
        "names neither an organisation nor a relative": _("It names neither an organisation nor a relative."),
        "unknown category": _("It is about parts of the record that we do not know."),
    }.get(code, code)


def representation(code: str) -> str:
    """Why somebody acts in a person's name."""
    return {
        "attorney": _("Power of attorney"),
        "guardian": _("Legal guardian"),
        "spouse": _("Spouse in an emergency, six months at most"),
        "parent": _("Parent"),
    }.get(code, _("Representative"))


def finding(code: str) -> str:
    """What a doctor states on whether somebody can decide."""
    return {
        "able": _("Can decide alone"),
        "partly": _("Can decide in part"),
        "unable": _("Cannot decide now"),
    }.get(code, code)
