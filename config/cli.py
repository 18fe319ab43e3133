"""`telecare …`: the operator's command line."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TextIO

COMMANDS = (
    "serve",
    "worker",
    "migrate",
    "operator",
    "import",
    "token",
    "reindex",
    "rotate_keys",
    "verify_audit",
    "audit_roots",
    "audit_retention",
    "purge_metadata",
    "export_subject",
    "erase_subject",
    "backup",
    "restore",
    "doctor",
)


def module_of(command: str) -> ModuleType:
    """The module of a command; `import` is a word of Python, so its file has a longer name."""
    name = {"import": "import_files"}.get(command, command.replace("-", "_"))
    return importlib.import_module(f"config.commands.{name}")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="telecare", description="Operate a Telecare network.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = module_of(name)
        one = commands.add_parser(name.replace("_", "-"), help=module.HELP, description=module.__doc__)
        module.arguments(one)
    return top


def run(argv: Sequence[str], out: TextIO) -> int:
    """Run one command in this process. Problems become a line that says what to do, and exit code 1."""
    from django.core.exceptions import ImproperlyConfigured

    from patients.errors import Problem

    try:
        options = parser().parse_args(argv)
        code: int = module_of(options.command).run(options, out)
    except (Problem, ImproperlyConfigured) as problem:
        out.write(f"telecare: {problem}\n")
        for finding in getattr(problem, "findings", ()):
            out.write(f"  {finding.where}: {finding.text}\n")
        return 1
    return code


def _choose_role(argv: Sequence[str]) -> None:
    """Commands of the database's owner connect as that role. Before settings are read, which the parser does."""
    from config import env

    command = next(iter(argv), "").replace("-", "_")
    if command in COMMANDS and getattr(module_of(command), "AS_OWNER", False):
        env.act_as_owner()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    argv = sys.argv[1:]
    from django.core.exceptions import ImproperlyConfigured

    _choose_role(argv)
    options = parser().parse_args(argv)
    try:
        import django

        django.setup()
    except ImproperlyConfigured as problem:
        sys.exit(f"telecare: {problem}")
    from config import control, logs

    logs.catch_the_rest()
    if getattr(module_of(options.command), "INSIDE_LIVE_SERVER", False) and control.is_live():
        sys.exit(control.ask(argv, sys.stdout))
    sys.exit(run(argv, sys.stdout))


if __name__ == "__main__":
    main()
