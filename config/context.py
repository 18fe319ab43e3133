"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """The district's name and whether this is the demo."""
    return {"district": settings.DISTRICT, "demo": settings.DEMO}
