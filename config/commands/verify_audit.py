"""Prove the audit log: no row was changed or taken out, the seals form one chain, and no old body was put back.

With `--root FILE` the chain is also compared with roots that were kept elsewhere (`telecare audit-roots`): only so is
it found that the newest rows were cut off together with all their traces.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

HELP = "check that no audit row was changed or taken out, and no old body put back"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", metavar="FILE", help="roots kept elsewhere, as `telecare audit-roots` wrote them")
    parser.add_argument("--no-bodies", action="store_true", help="leave the bodies of documents and messages out")


def run(options: argparse.Namespace, out: TextIO) -> int:
    from messaging.chat import bodies as chat
    from patients import audit
    from patients.access import bodies
    from patients.audit import roots
    from patients.audit.queries import missed as missing

    kept = roots.read(Path(options.root)) if options.root else {}
    result = audit.verify(kept)
    if result.fault:
        out.write(f"{result.fault} ({result.checked} rows and {result.sealed} seals before it are good.)\n")
        return 1
    out.write(f"{result.checked} rows checked, all as they were written; {result.sealed} seals in one chain.\n")
    if result.waiting:
        out.write(f"{result.waiting} rows wait for their seal; a running server or worker seals within a second.\n")
    if missed := missing():
        out.write(
            f"{len(missed)} rows were gone before they were sealed; the processes that wrote them said so: "
            f"{', '.join(missed[:10])}{' …' if len(missed) > 10 else ''}\n"
        )
        return 1
    if kept:
        out.write(f"{len(kept)} roots kept elsewhere fit.\n")
    if options.no_bodies:
        return 0
    compared = bodies.compare()
    if compared.fault:
        out.write(f"{compared.fault}\n")
        return 1
    out.write(
        f"{compared.good} bodies are as the log says; {compared.unlogged} came in by import; "
        f"{compared.gone} documents of the log are no longer kept.\n"
    )
    messages = chat.compare()
    if messages.fault:
        out.write(f"{messages.fault}\n")
        return 1
    out.write(f"{messages.good} messages are as the log says; {messages.unlogged} are older than it.\n")
    return 0
