"""Filters for moments, days and numbers; built in, no `{% load %}` needed. Empty in, empty out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import template

from config import formats

register = template.Library()


def optional(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """A filter that leaves None and "" empty."""

    def filled(value: Any) -> str:
        return write(value) if value not in (None, "") else ""

    return filled


register.filter("clock", optional(formats.clock))
register.filter("day", optional(formats.day))
register.filter("full_date", optional(formats.full_date))
register.filter("long_day", optional(formats.long_day))
register.filter("moment", optional(formats.moment))
register.filter("ago", optional(formats.ago))
register.filter("number", optional(formats.number))
register.filter("initials", optional(formats.initials))
