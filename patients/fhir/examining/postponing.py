"""The seam between a request and the examiner: a large body is looked at elsewhere before the request goes on.

No thread waits for it. A request that comes upon its large body ends as `Postponed`, before it has changed anything;
`config.pages` lets the examiner answer the question, and runs the request again with the verdict beside it. Who has no
right to ask is refused the first time, and costs the examiner nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse

from patients.fhir.examining.questions import Question, Verdict

SMALL: Final = 4_096  # bytes; what is not larger is looked at here, which costs a few milliseconds at most
EXAMINED: Final = "telecare.examined"  # in the ASGI scope: an Examined, where there is an examiner


@dataclass(slots=True)
class Examined:
    """Says that there is an examiner, and what it found."""

    verdict: Verdict | None = None


class Unexamined(Exception):
    """The request cannot go on before its body was examined."""

    whose = ""  # the account of who sent it

    def __init__(self, question: Question) -> None:
        super().__init__(question.kind)
        self.question = question


class Postponed(HttpResponse):
    """Never sent: stands for the answer to come. `whose`: on whose account the examiner works."""

    def __init__(self, question: Question, whose: str) -> None:
        super().__init__()
        self.question = question
        self.whose = whose


def verdict(request: HttpRequest, question: Question, length: int) -> Verdict | None:
    """What the examiner found; None where the body is to be looked at here. Raises Unexamined."""
    examined: Examined | None = request.META.get("asgi.scope", {}).get(EXAMINED)
    if examined is None or length <= SMALL:
        return None
    if examined.verdict is None:
        raise Unexamined(question)
    return examined.verdict
