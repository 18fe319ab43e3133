"""Every page of the house, asked by strangers for all that is Heinrich's: they get what does not exist."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import ident
from tests.conftest import Tell
from tests.house.edge import Answer, Stranger
from tests.house.whole import Whole, nobody, words

pytestmark = [pytest.mark.django_db]

_PART = re.compile(r"<(?:\w+:)?(\w+)>")
FIXED = {  # parts of addresses that are nobody's, or stand in the directory that all staff read
    "kind": "weight",
    "name": "nurse",
    "provider": "klinikum",
    "organisation_id": ident("moorland"),
    "colleague_id": ident("anna"),
}
_SENT = {  # what the forms of the house ask for, all in one
    "act": "take",
    "outcome": "x",
    "text": "x",
    "reason": "x",
    "q": "Bran",
    "next": "/",
    "pin": "000000",
    "name": "x",
    "value0": "84",
    "value1": "60",
    "low0": "60",
    "high0": "90",
    "confirmed": "yes",
    "by": "x",
    "findings": "x",
    "medium": "telephone",
    "follow_up": "none",
    "kind": "other",
    "cid": "0b0f6d1e-6f0c-4df7-9d53-7a1d2b0f4f10",
}


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Every address of the house as Django writes it: `patients/<str:patient_id>/`."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        else:
            yield route


_ENDS_A_SESSION = ("sign-out/", "j/leave/")  # whoever sent these would be nobody on all further pages


def filled(route: str, chosen: dict[str, str]) -> str:
    return "/" + _PART.sub(lambda part: chosen[part[1]], route)


def parts(route: str, whole: Whole) -> list[str]:
    """The ids in an address. A new name must be told to `tests/house/whole.py`, or nobody would try it."""
    found = [name for name in _PART.findall(route) if name not in FIXED]
    unknown = [name for name in found if name not in whole.ids]
    assert not unknown, f"{route}: which of Heinrich's ids is {unknown}?"
    return found


def asked(who: Stranger, method: str, where: str) -> Answer:
    return who.browser().get(where) if method == "get" else who.browser().post(where, _SENT)


def told(answer: Answer, ids: dict[str, str]) -> tuple[int, str]:
    """All that an answer tells: status, where to, and the words, without ids and what every form has of its own."""
    text = answer.content.decode() + str(dict(answer.headers))
    for one in sorted({*ids, *ids.values()}, key=len, reverse=True):
        text = text.replace(one, "·") if len(one) > 8 else re.sub(rf"(?<![^\W\d]){one}\b|(?<=%2F){one}\b", "·", text)
    text = re.sub(r"'Content-Length': '\d+'|Max-Age=\d+|expires=[^;]+", "", text)
    return answer.status_code, re.sub(r'(csrf[a-z]*"?(?: value| content)?=")[^"]+', r"\1", text)


def leaks(answer: Answer, his: Whole, *asked: str) -> list[str]:
    """What of Heinrich's stands in an answer; the ids that were asked for may be repeated."""
    text = answer.content.decode() + str(dict(answer.headers)) + str(answer.cookies)
    return [one for one in (*words(), *his.names()) if one in text and one not in asked]


def test_no_page_tells_strangers_anything_of_heinrich(
    tell: Tell, his: Whole, hers: Whole, strangers: list[Stranger]
) -> None:
    """Every other one of them; the rest walks in `test_strangers_too.py`, beside this."""
    walk(tell, his, hers, strangers[::2])


def walk(tell: Tell, his: Whole, hers: Whole, strangers: list[Stranger]) -> None:
    """Each of them asks every page for what is his, for what is nobody's, and for a mixture with what is hers."""
    none = nobody(his)
    before = [(one.reference, one.version) for one in his.documents()]
    tried, wrong = 0, []
    for route, who in itertools.product(addresses(), strangers):
        named = parts(route, his)
        for owners in itertools.product((his, hers), repeat=len(named)):
            chosen = FIXED | {name: owner.ids[name] for name, owner in zip(named, owners, strict=True)}
            if his not in owners and named:
                continue
            other = {name: none.get(value, value) for name, value in chosen.items()}
            for method in ("get",) if route in _ENDS_A_SESSION else ("get", "post"):
                tried += 1
                theirs = asked(who, method, filled(route, chosen))
                here = f"{who.name}: {method.upper()} {filled(route, chosen)}"
                known = his.names() if who.name == "dora" and route.startswith("oversight/") else ()
                if found := leaks(theirs, his, *chosen.values(), *known):  # of her own practice's log she reads the ids
                    wrong.append(f"{here} told {found}")
                if not named or hers in owners:
                    continue
                nothing = asked(who, method, filled(route, other))
                if told(theirs, none) != told(nothing, none):
                    wrong.append(f"{here} answered {theirs.status_code}, for nobody {nothing.status_code}")
                if theirs.status_code not in ((403, 404, 405) if who.actor and who.session else (302, 404, 405)):
                    wrong.append(f"{here} answered {theirs.status_code}")
        assert not (who.actor and who.session) or who.signed_in(), f"{who.name} was signed out by {route}"
    tell(f"pages: {tried} cases of address × person × id, {len(wrong)} leaks")
    assert not wrong, "\n".join(wrong)
    assert [(one.reference, one.version) for one in his.documents()] == before
