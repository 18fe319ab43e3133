"""Let somebody in who runs this network: prints a code with which they set their password within three days.

All else begins with them, on pages: operators create organisations and invite their administrators, who invite their
staff. For an operator who is known, it prints another code: for a lost password, or a lost second factor.
"""

from __future__ import annotations

import argparse
from typing import TextIO

from django.conf import settings
from django.utils import timezone

HELP = "let somebody in who runs this network, with a code for the first sign-in"
INSIDE_LIVE_SERVER = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username", help="the sign-in name: plain letters, digits, dots or dashes")
    parser.add_argument("--name", metavar='"GIVEN FAMILY"', help="given and family name, of a new operator")
    parser.add_argument("--organisation", metavar="NAME", help="for whom a new one works; made if it is not there yet")
    parser.add_argument("--lost-factor", action="store_true", help="the code takes a lost second factor away, too")


def run(options: argparse.Namespace, out: TextIO) -> int:
    from django.urls import reverse

    from patients.accounts.actor import system
    from patients.errors import Invalid
    from patients.network import services
    from patients.network.resources import Name

    actor = system("operator")
    if options.name or options.organisation:
        given, _space, family = (options.name or "").strip().rpartition(" ")
        if not (given and (options.organisation or "").strip()):
            raise Invalid('A new operator needs --name "Given Family" and --organisation "District of …".')
        name, place = Name(family, given), options.organisation.strip()
        sheet = services.let_operator_in(actor, options.username, name=name, organisation=place)
    else:
        sheet = services.let_operator_back_in(actor, options.username, drops_factor=options.lost_factor)
    out.write(f"Where         {settings.PUBLIC_URL.rstrip('/')}{reverse('accounts:first')}\n")
    out.write(f"Sign-in name  {sheet.username}\n")
    out.write(f"Code          {sheet.code}\n")
    out.write(
        f"Until         {timezone.localtime(sheet.expires_at):%d.%m.%Y %H:%M}; it works once and is shown once.\n"
    )
    return 0
