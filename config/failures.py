"""What is shown when no page answers: unknown address, refused form, a mistake of ours. No SQL is spent."""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same page as for what somebody may not see."""
    return render(request, "errors/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Refused by Django itself."""
    return render(request, "errors/403.html", status=403)


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of this browser: another page sent it, or the browser keeps no cookies."""
    log.warning("form refused: %s", reason)
    words = _("This form is too old, or your browser keeps no cookies. Nothing was saved. Please open the page again.")
    return render(request, "errors/403.html", {"text": words}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that no browser makes."""
    return render(request, "errors/422.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """A mistake of ours. The number on the page stands in the log beside the error."""
    reference = f"500-{secrets.token_hex(2).upper()}"
    log.error("the error above was shown as %s", reference)
    return render(request, "errors/500.html", {"reference": reference, "emergencies": ()}, status=500)
