"""Is it alive, is it ready, and if not, which part is down: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import prometheus_client
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Part:
    """One part that the service needs, whether it answers, and in words why not."""

    name: str
    up: bool
    words: str = ""


def parts() -> list[Part]:
    """The state of database, keys and broker."""
    found = [_database(), _keys()]
    if settings.REDIS_URL:
        found.append(_broker())
    return found


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as problem:
        return Part("database", False, type(problem).__name__)
    return Part("database", True)


def _keys() -> Part:
    from patients import vault
    from patients.errors import Problem

    try:
        vault.mac("health", b"")
    except (Problem, OSError) as problem:
        return Part("keys", False, str(problem))
    return Part("keys", True)


def _broker() -> Part:
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as problem:
        return Part("broker", False, type(problem).__name__)
    return Part("broker", True)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Every part answers; otherwise 503 and the names of those that are down."""
    found = parts()
    body = {part.name: "up" if part.up else f"down: {part.words}" for part in found}
    return JsonResponse(body, status=200 if all(part.up for part in found) else 503)


def _unsealed() -> float:
    """Age in seconds of the oldest row of the log without a seal: 0 if all have one, infinite if none can be made."""
    from patients.audit import sealer

    try:
        waited = sealer.behind(timezone.now())
    except sealer.Broken:
        return math.inf
    except DatabaseError:
        return math.nan  # `/readyz` says it
    return waited.total_seconds() if waited else 0.0


UNSEALED = prometheus_client.Gauge(
    "telecare_audit_unsealed_seconds",
    "Age of the oldest row of the audit log that has no seal yet; +Inf where the chain is broken.",
)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of this process, and how far the seals of the log are behind. No label carries a person."""
    UNSEALED.set(_unsealed())
    return HttpResponse(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)
