"""What the rule costs: a decision about one record, and a search narrowed by rights beside the same search without."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.load import report, world
from deploy.load.report import Row

PATIENTS: Final = 40
EACH: Final = 60  # Observations of one patient
TIMES: Final = 300


def measure() -> list[Row]:
    """In one process on SQLite, without the network."""
    with tempfile.TemporaryDirectory(prefix="telecare-load-") as name:
        folder = Path(name)
        world.at(folder)
        world.set_up()
        from django.db import connections

        try:
            return _measured(folder)
        finally:
            connections.close_all()


def _measured(folder: Path) -> list[Row]:
    from deploy.load.fhir import observation
    from patients.access import Action, decide, repository, scope
    from patients.fhir import ingest
    from patients.records import search

    made = world.practice(doctors=1, patients=PATIENTS)
    chance = random.Random(1)
    file = folder / "observations.ndjson"
    numbered = enumerate(made.patients * EACH)
    file.write_text("".join(json.dumps(observation(number, one, chance)) + "\n" for number, one in numbered))
    if ingest.run([file], custodian="Praxis Messwert").refusals:
        raise AssertionError("The import refused something.")
    doctor, patient = made.actors[0], made.patients[0]
    document = repository(doctor).search("Observation", [("patient", patient)]).rows[0]

    asked = [("patient", f"Patient/{patient}"), ("code", "http://loinc.org|8867-4"), ("date", "ge2024-01-01")]
    wide = [("code", "http://loinc.org|8867-4"), ("date", "ge2024-01-01")]
    decision = _times(lambda: decide(doctor, Action.READ, document))
    median, p95 = report.middle(decision)
    rows = [Row("policy: one decision", median, "ms", "≤ 1 ms", median <= 1, 1, median, p95)]
    for name, pairs, of in (("of one patient", asked, patient), ("over all patients", wide, None)):
        figure, base = _alternating(
            lambda pairs=pairs, of=of: search.run(
                search.parse("Observation", pairs), scope(doctor, Action.READ, patient=of)
            ),
            lambda pairs=pairs: search.run(search.parse("Observation", pairs), search.Everything()),
        )
        words = f"policy: search {name} (patient+code+date)" if of else f"policy: search {name} (code+date)"
        ratio = figure / base
        kept = ratio <= 1.2 or figure - base <= 1
        rows.append(Row(words, figure, "ms", "≤ 1.2× or 1 ms", kept, 1, base=base, ratio=round(ratio, 2)))
    return rows


def _times(work: Callable[[], object]) -> list[float]:
    """Milliseconds of CPU of each of many times."""
    taken = []
    for number in range(-20, TIMES):
        began = time.thread_time()
        work()
        if number >= 0:
            taken.append((time.thread_time() - began) * 1000)
    return taken


def _alternating(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Medians of both, taken in turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(-20, TIMES):
        for place, work in enumerate((ours, bare)):
            began = time.thread_time()
            work()
            if number >= 0:
                found[place].append((time.thread_time() - began) * 1000)
    return statistics.median(found[0]), statistics.median(found[1])


if __name__ == "__main__":
    report.alone(measure)
