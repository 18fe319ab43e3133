"""Every refusal of this edge, in the form of the standard: an OperationOutcome with its status.

https://hl7.org/fhir/R4/operationoutcome.html · https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from patients.errors import Conflict, Denied, Finding, Gone, Invalid, Missing, Problem, Unavailable
from patients.records import wire

MOST_ISSUES: Final = 50

_STATUS: Final[tuple[tuple[type[Problem], tuple[int, str]], ...]] = (  # the first that fits
    (Gone, (410, "deleted")),
    (Missing, (404, "not-found")),
    (Denied, (403, "forbidden")),
    (Conflict, (409, "conflict")),
    (Unavailable, (503, "transient")),
    (Invalid, (400, "invalid")),
)
_TOO_LARGE: Final = frozenset({"too-long"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the OperationOutcome that explains it, and headers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class NotSignedIn(Problem):
    """Nobody is signed in, or the token is not (or no longer) valid."""

    kind = "not-signed-in"

    def __init__(self, text: str, *, error: str = "") -> None:
        super().__init__(text)
        self.error = error  # RFC 6750, section 3.1


class Refused(Problem):
    """What HTTP has a status of its own for: a method, a media type, a size."""

    kind = "refused"

    def __init__(self, status: int, text: str, code: str = "not-supported", *, where: str = "", **headers: str) -> None:
        super().__init__(text, Finding(text, code, where))
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Told(Problem):
    """What is to be answered is known: an entry of a Bundle was refused, and its place is told."""

    kind = "told"

    def __init__(self, answer: Answer, cause: Problem) -> None:
        super().__init__(cause.text)
        self.answer = answer
        self.refused = cause.refused


def of(
    problem: Problem,
    *,
    address: str = "",
    advice: str = "",
    unprocessable: bool = False,
    preconditioned: bool = False,
    place: str = "",
) -> Answer:
    """The answer to a problem.

    `address` (`Observation/7f…`) and `advice` are all that the answer to Missing says: it is the same for what does not
    exist and for what may not be seen. `unprocessable`: the JSON was read, what it says is refused (422).
    `preconditioned`: the request came with If-Match (412). `place`: the entry of a Bundle that it is about.
    """
    if isinstance(problem, Told):
        return problem.answer
    if isinstance(problem, NotSignedIn):
        error = f', error="{problem.error}"' if problem.error else ""
        return _answer(401, [Finding(problem.text, "login")], {"WWW-Authenticate": f'Bearer realm="Telecare"{error}'})
    if isinstance(problem, Refused):
        return _answer(problem.status, _placed(problem.findings, place), problem.headers)
    status, code = _status(problem, unprocessable, preconditioned)
    if status == 404 and address:
        return _answer(404, [Finding(f"{address} is not known here.{advice}", code, place)])
    if status == 503:
        return _answer(status, [Finding(problem.text, code)], {"Retry-After": "5"})
    return _answer(status, _placed(problem.findings or (Finding(problem.text, code),), place))


def _placed(findings: Iterable[Finding], place: str) -> list[Finding]:
    """The findings as seen from outside: `Observation.status` is `Bundle.entry[2].resource.status`."""
    if not place:
        return list(findings)
    return [replace(one, where=_seen_from_outside(one.where, place)) for one in findings]


def _seen_from_outside(where: str, place: str) -> str:
    if where == "resource" or where.startswith("request."):
        return f"{place}.{where}"
    kind, dot, path = where.partition(".")
    return f"{place}.resource{dot}{path}" if kind[:1].isupper() else place


def success(text: str) -> bytes:
    """The OperationOutcome that a client gets who prefers one to the resource."""
    return _outcome([("information", Finding(text, "informational"))])


def warning(findings: Iterable[Finding]) -> bytes:
    """The OperationOutcome that stands beside results."""
    return _outcome([("warning", finding) for finding in findings])


def judgement(issues: list[tuple[str, Finding]]) -> bytes:
    """The OperationOutcome that is itself what was asked for: findings, each with its severity."""
    return _outcome(issues)


def failure() -> Answer:
    """The answer when we are wrong: it says nothing about why."""
    return _answer(500, [Finding("Something went wrong here. It was logged; please tell the operator.", "exception")])


def _status(problem: Problem, unprocessable: bool, preconditioned: bool) -> tuple[int, str]:
    found = (pair for kind, pair in _STATUS if isinstance(problem, kind))
    status, code = next(found, (500, "exception"))
    if status == 409 and (preconditioned or any(finding.code == "multiple-matches" for finding in problem.findings)):
        return 412, code
    if status == 400 and any(finding.code in _TOO_LARGE for finding in problem.findings):
        return 413, "too-long"
    if status == 400 and unprocessable:
        return 422, code
    return status, code


def _answer(status: int, findings: Iterable[Finding], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, _outcome([("error", finding) for finding in findings]), headers or {})


def _outcome(issues: list[tuple[str, Finding]]) -> bytes:
    return wire.text(
        {
            "resourceType": "OperationOutcome",
            "issue": [_issue(severity, finding) for severity, finding in issues[:MOST_ISSUES]],
        }
    )


def _issue(severity: str, finding: Finding) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "severity": severity,
        "code": finding.code,
        "details": {"text": finding.text},
        "diagnostics": finding.text,
    }
    if finding.where:
        issue["expression"] = [finding.where]
    return issue
