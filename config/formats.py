"""How moments, days and numbers are written for people: 10:30, 23.11., *1941, 84,6."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

SHAPES = {
    "de": {"day": "d.m.", "date": "d.m.Y", "weekday": "D d.m.", "long": "l, j. F"},
    "en": {"day": "j M", "date": "j M Y", "weekday": "D j M", "long": "l, j F"},
}


def shape(name: str) -> str:
    """The date format `name` of the reader's language."""
    return SHAPES.get((get_language() or "de")[:2], SHAPES["en"])[name]


def clock(moment: datetime) -> str:
    """10:30"""
    return date_format(timezone.localtime(moment), "H:i")


def day(value: date | datetime) -> str:
    """today, yesterday, tomorrow, else 23.11.; with the year when it is another one."""
    day_of = timezone.localtime(value).date() if isinstance(value, datetime) else value
    today = timezone.localdate()
    named = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}.get((day_of - today).days)
    return named or date_format(day_of, shape("day" if day_of.year == today.year else "date"))


def full_date(value: date | datetime) -> str:
    """14.03.1941"""
    return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, shape("date"))


def long_day(value: date | datetime) -> str:
    """Monday, 23 November"""
    return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, shape("long"))


def moment(value: datetime) -> str:
    """today 10:19, yesterday 08:10, Fri 20.11. 08:05, else 02.11.2025"""
    local = timezone.localtime(value)
    today = timezone.localdate()
    apart = (local.date() - today).days
    if apart in (0, -1, 1):
        return f"{day(value)} {clock(value)}"
    if abs(apart) < 7:
        return f"{date_format(local, shape('weekday'))} {clock(value)}"
    return f"{day(value)} {clock(value)}" if local.year == today.year else full_date(value)


def ago(value: datetime) -> str:
    """How long something has lasted: 4 min, 2 h, 3 days."""
    minutes = max(int((timezone.now() - value).total_seconds() // 60), 0)
    if minutes < 60:
        return _("%(number)s min") % {"number": minutes}
    if minutes < 48 * 60:
        return _("%(number)s h") % {"number": minutes // 60}
    return _("%(number)s days") % {"number": timedelta(minutes=minutes).days}


def number(value: Decimal | int | float) -> str:
    """84,5 in German, 84.5 in English; the digits as they are."""
    return str(number_format(value))


def initials(name: str) -> str:
    """Two letters of a name without its titles: Dr. Clara Voss → CV."""
    words = [word for word in name.replace("-", " ").split() if not word.endswith(".") and word[0].isalpha()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[:2] for word in words]
    return "".join(letters).upper() or "?"
