"""What an import did: counted by type, files and entries apart, with the reason for each refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TextIO

from patients.fhir.ingest.unpacking import Origin

Outcome = Literal["accepted", "unchanged", "refused"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("accepted", "unchanged", "refused")
SHOWN: Final = 50  # refusals that are printed


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken, where it stands, and why."""

    place: str
    type: str
    reason: str


@dataclass(slots=True)
class Report:
    """The result of one run."""

    custodian: str
    counted: Counter[tuple[str, Origin, Outcome]] = field(default_factory=Counter)
    not_served: Counter[str] = field(default_factory=Counter)  # by type
    skipped: Counter[str] = field(default_factory=Counter)  # what carries no resource, in words
    refusals: list[Refusal] = field(default_factory=list)
    other_ids: int = 0  # resources kept under another id, because theirs was taken
    files: int = 0
    other_files: int = 0  # in folders, by their names no FHIR
    seconds: float = 0.0

    def count(self, type_: str, origin: Origin, outcome: Outcome) -> None:
        """One more resource that ended so."""
        self.counted[type_, origin, outcome] += 1

    def refuse(self, place: str, reason: str, *, type_: str = "", origin: Origin | None = None) -> None:
        """Note a refusal; `origin` where it is a resource of a type that is served."""
        self.refusals.append(Refusal(place, type_, reason))
        if origin is not None:
            self.count(type_, origin, "refused")

    def total(self, outcome: Outcome, origin: Origin | None = None) -> int:
        """How many resources ended so."""
        return sum(n for (_, from_, how), n in self.counted.items() if how == outcome and origin in (None, from_))

    @property
    def accepted(self) -> int:
        """Resources that were written."""
        return self.total("accepted")

    @property
    def unchanged(self) -> int:
        """Resources that were known as they are."""
        return self.total("unchanged")

    @property
    def refused(self) -> int:
        """Resources, and files that could not be read."""
        return len(self.refusals)

    @property
    def complete(self) -> bool:
        """Whether anything was taken, or nothing was wrong: single refusals do not make a run fail."""
        return not self.refusals or bool(self.accepted or self.unchanged)


def print_report(report: Report, out: TextIO) -> None:
    """Write the report for a person."""
    types = sorted({type_ for type_, _, _ in report.counted})
    if types:
        out.write(f"{'type':24}{'accepted':>20}{'unchanged':>20}{'refused':>20}\n")
        for type_ in types:
            out.write(f"{type_:24}" + "".join(f"{_cell(report, [type_], outcome):>20}" for outcome in OUTCOMES) + "\n")
        out.write(f"{'together':24}" + "".join(f"{_cell(report, types, outcome):>20}" for outcome in OUTCOMES) + "\n")
        out.write("Numbers are files + entries of Bundles and lines.\n")
    _list(out, "Types that are not served here", report.not_served)
    _list(out, "Without a resource of their own", report.skipped)
    if report.other_ids:
        out.write(f"Kept under an id of ours, because theirs names another record: {report.other_ids}\n")
    if report.other_files:
        out.write(f"Files that are neither .json nor .ndjson: {report.other_files}\n")
    for refusal in report.refusals[:SHOWN]:
        out.write(f"refused: {refusal.place}: {f'{refusal.type}: ' if refusal.type else ''}{refusal.reason}\n")
    if len(report.refusals) > SHOWN:
        out.write(f"… and {len(report.refusals) - SHOWN} more refusals.\n")
    taken = report.accepted + report.unchanged
    known = taken + report.total("refused")
    share = f"{100 * taken / known:.1f} %" if known else "none"
    rate = f", {report.accepted / report.seconds:.0f} accepted a second" if report.seconds and report.accepted else ""
    files = "1 file" if report.files == 1 else f"{report.files} files"
    out.write(
        f"{files} for {report.custodian}: {report.accepted} accepted, {report.unchanged} unchanged, "
        f"{report.refused} refused. Of the types served {share} are here now. {report.seconds:.1f} s{rate}.\n"
    )


def _cell(report: Report, types: Sequence[str], outcome: Outcome) -> str:
    files = sum(report.counted[type_, "file", outcome] for type_ in types)
    entries = sum(report.counted[type_, "entry", outcome] for type_ in types)
    return f"{files} + {entries}" if files or entries else "–"


def _list(out: TextIO, title: str, counted: Counter[str]) -> None:
    if counted:
        out.write(f"{title}: {', '.join(f'{name} {number}' for name, number in sorted(counted.items()))}\n")
