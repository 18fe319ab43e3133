"""Serve pages, FHIR and sockets.

Without DATABASE_URL all parts are embedded: one process on SQLite in $DATA, the database is brought up to date first,
and with TELECARE_DEMO=1 an empty folder gets the demo district. With DATABASE_URL run `telecare migrate` before, and
`telecare worker` beside; any number of `serve` processes may stand behind one proxy.
"""

from __future__ import annotations

import argparse
import contextlib
from typing import TextIO

from django.conf import settings
from django.core.management import call_command

from patients import vault

HELP = "serve pages, FHIR and sockets"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=settings.PORT, help="port (default $PORT or 8000)")
    parser.add_argument(
        "--share", action="store_true", help="let further processes serve the same port (needs DATABASE_URL, REDIS_URL)"
    )


def run(options: argparse.Namespace, out: TextIO) -> int:
    from config import backup, cli, control, serve, words

    if options.share and not settings.REDIS_URL:
        out.write("telecare: --share needs DATABASE_URL and REDIS_URL: an embedded server is one process.\n")
        return 1
    words.compile_all()
    with contextlib.ExitStack() as stack:
        if settings.EMBEDDED:
            stack.enter_context(serve.only_one_process())
            call_command("migrate", interactive=False, verbosity=0)
        else:
            _refuse_old_database()
        vault.unlock()
        if erased := backup.follow_ledger():
            out.write(f"{erased} erasures of the ledger were not in these data and are carried out again.\n")
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO:
            from config import demo

            demo.write_once(out)
        if settings.EMBEDDED:
            stack.enter_context(control.listening(cli.run))
        _greet(options, out)
        serve.serve(options.host, options.port, share=options.share)
    return 0


def _refuse_old_database() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise ImproperlyConfigured("The database is older than this version. Run `telecare migrate`, then serve.")


def _greet(options: argparse.Namespace, out: TextIO) -> None:
    address = f"http://{options.host}:{options.port}"
    out.write(f"\nTelecare {settings.DISTRICT}: {address}\n")
    out.write(f"  FHIR R4      {address}/fhir/metadata\n  Socket       {address.replace('http', 'ws')}/ws/\n")
    if settings.DEMO:
        from config.demo import cast

        out.write("  Demo sign-ins (password: demo)\n")
        for person in cast.SIGN_INS:
            out.write(f"    {person.username:<10} {person.words}\n")
        out.write("  Fictitious people only. Do not enter anyone real.\n")
    out.write("  Stop with Ctrl+C.\n\n")
    out.flush()
