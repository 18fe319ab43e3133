"""FHIR files on their way in: `run(paths)` imports them and says what became of each."""

from __future__ import annotations

from patients.fhir.ingest.report import Refusal, Report, print_report
from patients.fhir.ingest.runs import run

__all__ = ["Refusal", "Report", "print_report", "run"]
