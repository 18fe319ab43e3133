"""German first: a page is German unless this reader chose English, in this browser or in their account."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from patients.accounts import services
from patients.accounts.http import Request

CODES = {code for code, _name in settings.LANGUAGES}
YEAR = 365 * 24 * 3600


class LanguageMiddleware:
    """Choose the language by cookie, else by account, else German. The browser's own wish is not asked.

    It stands behind authentication. The account is asked only when a session is there, so a guest costs no SQL.
    """

    def __init__(self, handle: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(chosen(request)):
            response = self.handle(request)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


def chosen(request: HttpRequest) -> str:
    """The language of this reader."""
    code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if code not in CODES and settings.SESSION_COOKIE_NAME in request.COOKIES:
        code = getattr(request.user, "language", "")
    return code if code in CODES else settings.LANGUAGE_CODE


@require_POST
def choose(request: Request) -> HttpResponse:
    """Remember a language in this browser and, when signed in, in the account; go back to where one was."""
    goal = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(goal, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        goal = "/"
    response = HttpResponseRedirect(goal)
    code = request.POST.get("language", "")
    if code in CODES:
        if request.actor and request.actor.account:
            services.choose_language(request.actor, code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax", secure=settings.SECURE, httponly=True
        )
    return response
