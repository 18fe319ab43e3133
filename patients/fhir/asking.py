"""What a client asks, as far as address and headers say it: media types, preferences, parameters, the body.

https://hl7.org/fhir/R4/http.html#general
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest

from patients.access import Repository, repository
from patients.access.writing import UUID
from patients.accounts.actor import Actor
from patients.errors import Invalid
from patients.fhir import contents
from patients.fhir.examining import postponing, questions
from patients.fhir.examining.questions import Kind, Question, Verdict
from patients.fhir.outcome import Refused
from patients.records import definitions, wire
from patients.records.wire import Json

SOURCE: Final = "fhir"  # in the audit log
FHIR_JSON: Final = "application/fhir+json"
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
READING: Final = ("GET", "HEAD")
MOST_PARAMETERS: Final = 200
ABOUT_THE_ANSWER: Final = ("_format", "_pretty")  # understood with every request

Pairs = list[tuple[str, str]]
Return = Literal["minimal", "representation", "OperationOutcome"]

_GIVEN: Final = {  # what may be asked for, and what can then be sent
    **dict.fromkeys(("*/*", "application/*"), (FHIR_JSON, JSON)),
    **dict.fromkeys((FHIR_JSON, "json"), (FHIR_JSON,)),
    **dict.fromkeys((JSON, "text/json"), (JSON,)),
}
_RELEASE: Final = "4.0"  # of FHIR, as media types name it
_QUALITY: Final = re.compile(r"[01](\.[0-9]{0,3})?")
_RETURN: Final = re.compile(r"(?i:return)\s*=\s*\"?(minimal|representation|OperationOutcome)\"?")  # RFC 7240, section 2
_HANDLING: Final = re.compile(r"(?i:handling)\s*=\s*\"?(strict|lenient)\"?")


@dataclass(slots=True)
class Asked:
    """One request, understood up to its body. `actor` is None only for what strangers may ask (metadata)."""

    request: HttpRequest
    actor: Actor | None
    type: str
    ident: str
    version: str
    operation: str
    media: str
    pretty: bool
    pairs: Pairs
    as_itself: bool = False  # the contents of a Binary may be the answer, if they are liked better; then "" is no media
    shape: str = ""  # of the address, see `registry`
    inside: str = ""  # the type that is searched in the compartment of this resource, or *
    refused: bool = False  # what was sent is none, and the answer to that is a 200 (`$validate`)
    parsed: bool = False  # the body is a resource of the right type: what is refused now is what it says

    @property
    def method(self) -> str:
        """Of HTTP, upper case."""
        return self.request.method or ""

    @property
    def records(self) -> Repository:
        """The repository that carries the rights of who asks."""
        assert self.actor is not None
        return repository(self.actor, source=SOURCE)

    @property
    def address(self) -> str:
        """What is asked for, relative to the base: it is all that a "not found" repeats."""
        parts = [self.type, self.ident, f"_history/{self.version}" if self.version else ""]
        return "/".join(part for part in parts if part)

    @property
    def advice(self) -> str:
        """What a "not found" adds. It follows from method and address alone: it tells nothing about what is there."""
        if self.method == "PUT" and not UUID.fullmatch(self.ident):
            return " What is new takes a UUID as its id."
        creating = self.method == "PUT" or (self.method == "POST" and not (self.ident or self.operation))
        return " What a new one names, such as its patient, must be there for you." if creating else ""

    def resource(self) -> Json:
        """The resource in the body, valid; at the address of one it carries the id, and what is new may name any.

        What is no JSON is the contents of a Binary, where one is written. Raises Refused (415, 413) and Invalid.
        """
        if self.type == contents.TYPE and sent_as_itself(self.request):
            return self._contents()
        return self._resource("new" if self.method == "POST" else "resource")

    def _contents(self) -> Json:
        """The Binary whose contents are the body. Raises Refused and Invalid."""
        refuse_compressed(self.request)
        if length(self.request) > contents.MOST:
            raise Refused(413, f"The contents are larger than {contents.MOST:,} bytes.", "too-long")
        media, context = self.request.headers["Content-Type"], self.request.headers.get(contents.CONTEXT, "")
        data, self.parsed = body(self.request), True
        return contents.resource(media, data, context, self.ident)

    def sent(self) -> Json:
        """The resource in the body, of the type and id of the address, not validated. Raises Refused and Invalid."""
        return self._resource("sent")

    def _resource(self, kind: Kind) -> Json:
        refuse_unless_sent_as(self.request, FHIR_JSON, JSON)
        resource: Json = self.examined(kind)
        return resource

    def examined(self, kind: Kind, most: int | None = None) -> Any:
        """The JSON value in the body, which is what is asked. `most`: bytes. Raises Refused (413) and Invalid."""
        return self.judged(kind, most)[0]

    def judged(self, kind: Kind, most: int | None = None) -> tuple[Any, Verdict]:
        """The same with all that was found."""
        question = Question(kind, self.type, self.ident, settings.FHIR_BODY_LIMIT if most is None else most)
        value, verdict = None, postponing.verdict(self.request, question, length(self.request))
        if verdict is None:
            value, verdict = questions.judge(question, body(self.request))
        self.parsed = self.parsed or verdict.parsed
        verdict.refuse()
        if value is None:
            value = wire.read_again(body(self.request), carefully=verdict.carefully)
        return value, verdict

    def form(self) -> Pairs:
        """The parameters in a form body, none where there is no body. Raises Refused and Invalid."""
        if not length(self.request):
            return []
        refuse_unless_sent_as(self.request, FORM)
        try:
            return parameters(body(self.request).decode())
        except UnicodeDecodeError:
            raise Invalid("The body is not UTF-8.", code="structure") from None

    def prefers(self) -> Return:
        """What a write shall answer. https://hl7.org/fhir/R4/http.html#ops"""
        found: Any = _RETURN.search(self.request.headers.get("Prefer", ""))
        return found[1] if found else "representation"

    @property
    def lenient(self) -> bool:
        """Whether parameters of a reading that are not supported shall be ignored instead of refused (`handling`)."""
        found = _HANDLING.search(self.request.headers.get("Prefer", ""))
        return found is not None and found[1] == "lenient"


def parameters(text: str) -> Pairs:
    """The pairs of a query string or a form. Raises Invalid."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Invalid(f"More than {MOST_PARAMETERS} parameters.", code="too-costly") from None


class Wish(NamedTuple):
    """A media type that is asked for, how much it is liked (from 1 down to 0, not at all), and how early it stands."""

    name: str
    liked: float
    early: int

    @property
    def weight(self) -> tuple[float, int]:
        """By which one is chosen before another."""
        return self.liked, self.early


def wishes(request: HttpRequest, pairs: Pairs) -> list[Wish]:
    """What the answer shall be, from `_format` or Accept."""
    asked = [value for name, value in pairs if name == "_format"] or request.headers.get("Accept", "*/*").split(",")
    return [Wish(*_wish(each), -place) for place, each in enumerate(asked)]


def media_type(request: HttpRequest, pairs: Pairs, *, needed: bool = True) -> str:
    """The media type of the answer: only JSON is spoken here. Where that will not do: "", or Refused (406)."""
    best = _best(wishes(request, pairs))
    if best is None and needed:
        raise not_acceptable()
    return best[0] if best else ""


def not_acceptable() -> Refused:
    """The refusal of every other media type."""
    return Refused(
        406, f"Only JSON is spoken here: ask for {FHIR_JSON}. XML, Turtle and other versions are not served."
    )


def _best(asked: Iterable[Wish]) -> tuple[str, tuple[float, int]] | None:
    """The kind of JSON that is liked best, and how much; None where none is."""
    fits: dict[str, tuple[bool, float, int]] = {}  # named as such or by an asterisk, and the weight
    for one in asked:
        offered = _GIVEN.get(one.name, ())
        for name in offered:
            fits[name] = max(fits.get(name, (False, 0.0, 0)), (len(offered) == 1, *one.weight))
    best = max(fits, key=lambda name: fits[name][1:], default="")
    return (best, fits[best][1:]) if best and fits[best][1] else None


def names_others(request: HttpRequest, pairs: Pairs) -> bool:
    """Whether a media type is asked for in which a resource is not told, or in which contents may come as well."""
    return any(one.liked and (one.name not in _GIVEN or one.name == JSON) for one in wishes(request, pairs))


def prefers(request: HttpRequest, pairs: Pairs, own: str) -> bool:
    """Whether contents of this media type are liked better as themselves than inside JSON.

    They must be named, by their type or as one kind of it (`image/*`): `*/*` means the resource.
    """
    asked, kind = wishes(request, pairs), own.partition("/")[0]
    names = {own} if kind == "application" else {own, f"{kind}/*"}
    own_weight = max((one.weight for one in asked if one.name in names and one.liked), default=None)
    best = _best(one for one in asked if one.name not in names)
    return own_weight is not None and (best is None or own_weight > best[1])


def _wish(given: str) -> tuple[str, float]:
    """A media type that is asked for, and how much it is liked: from 1 down to 0, which is not at all."""
    name, *details = (part.strip().lower() for part in given.split(";"))
    told = {key.strip(): value.strip(' "') for key, _equals, value in (each.partition("=") for each in details)}
    if not told.get("fhirversion", _RELEASE).startswith(_RELEASE):
        return "", 0.0
    liked = told.get("q", "1")
    return name.replace(" ", "+") or "*/*", float(liked) if _QUALITY.fullmatch(liked) else 1.0


def wants_pretty(pairs: Pairs) -> bool:
    """Whether the answer shall have spaces and lines."""
    return ("_pretty", "true") in pairs


def refuse_unknown(asked: Asked, known: Iterable[str]) -> None:
    """Raise Invalid for a parameter of the address that is none of these. What only reads may leave it to us to ignore
    them (`Prefer: handling=lenient`); a write is never carried out as something else than was asked.
    """
    if asked.lenient and asked.method in READING:
        return
    for name, _value in asked.pairs:
        if name not in ABOUT_THE_ANSWER and name not in known:
            raise Invalid(
                f"The parameter “{name[:40]}” is not known at this address.", code="not-supported", where=name[:40]
            )


def refuse_unless_sent_as(request: HttpRequest, *accepted: str) -> None:
    """Raise Refused (415) unless the body is one of these media types, in UTF-8, and not compressed."""
    refuse_compressed(request)
    if (request.content_type or "").lower() not in accepted:
        raise Refused(415, f"Send the body as {accepted[0]}.", Accept=", ".join(accepted))
    told = request.content_params or {}
    if told.get("charset", "utf-8").strip('"').lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Refused(415, "Send the body in UTF-8.")
    if not told.get("fhirversion", _RELEASE).strip('"').startswith(_RELEASE):
        raise Refused(415, f"Send FHIR R4, which is fhirVersion={_RELEASE}.")


def refuse_compressed(request: HttpRequest) -> None:
    """Raise Refused (415) for a body that would have to be unpacked."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "Compressed bodies are not accepted. Send it as it is.")


def sent_as_itself(request: HttpRequest) -> bool:
    """Whether the body is none of what a resource comes in (also in a way that we do not take), and no form."""
    media = (request.content_type or JSON).lower()
    return media not in (JSON, "text/json", *contents.FORMS) and not media.startswith("application/fhir+")


def body(request: HttpRequest) -> bytes:
    """The whole body. Raises Refused (413) before reading what is too large.

    A body without a length never gets here: `config.pages` counts while it gathers, and then says how long it is.
    """
    most: int = settings.FHIR_BODY_LIMIT
    if length(request) > most:
        raise Refused(413, f"The body is larger than {most:,} bytes.", "too-long")
    return request.read()


def length(request: HttpRequest) -> int:
    """Bytes of the body, as its sender declares them."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdecimal() else 0


def checked_id(ident: str) -> str:
    """The id, if it can be one. https://hl7.org/fhir/R4/datatypes.html#id"""
    if definitions.ID.fullmatch(ident) is None:
        raise Invalid("An id has 1 to 64 letters, digits, hyphens and dots.", code="value", where="id")
    return ident
