"""`POST /ws/ticket`: for clients that can send neither cookie nor header with a socket."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging.realtime import origin, services
from messaging.realtime.authentication import Credential, actor_of


@csrf_exempt  # another site could ask for a ticket but never read it; its origin is refused all the same
@never_cache
@require_POST
def ticket(request: HttpRequest) -> HttpResponse:
    """Answer `{"ticket": …, "seconds": 60}` to whoever shows a session or a bearer token."""
    came_from = request.headers.get("origin")
    own = f"{request.scheme}://{request.get_host()}"
    if came_from is not None and not origin.allowed(came_from, own=own, trusted=settings.CSRF_TRUSTED_ORIGINS):
        return JsonResponse({"error": {"kind": "denied", "text": "This origin is not allowed."}}, status=403)
    credential = _credential(request)
    if credential is None or actor_of(credential) is None:
        return JsonResponse({"error": {"kind": "denied", "text": "Please sign in."}}, status=401)
    return JsonResponse(
        {"ticket": services.issue(credential), "seconds": int(services.LIFETIME.total_seconds())}, status=201
    )


def _credential(request: HttpRequest) -> Credential | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Credential("token", token.strip())
    cookies = request.headers.get("cookie", "")
    return Credential("cookies", cookies) if cookies else None
