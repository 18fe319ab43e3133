"""Inviting an organisation into a care team, ending a care link, handing a patient over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.network.forms.fields import Day
from patients.network.forms.people import InformedForm
from patients.network.handing import INSTANT

Choices = Sequence[tuple[str, str]]


class LinkForm(InformedForm):
    """Which organisation, and what the person was told."""

    organisation = forms.ChoiceField(label=_("Which organisation?"))
    field_order = ("organisation", "stands_in_for", "since", "until", "on", "with_plans", "informed")

    def __init__(self, organisations: Choices, colleagues: Choices, data: Any = None) -> None:
        super().__init__(colleagues, data)
        choice: Any = self.fields["organisation"]
        choice.choices = [("", _("Please choose")), *organisations]


class InviteForm(LinkForm):
    """An organisation cares, too: for good, or for a time in the place of another."""

    stands_in_for = forms.ChoiceField(label=_("Stands in for"), required=False)
    until = Day(label=_("Until"), required=False, help_text=_("Needed where an organisation stands in."))

    def __init__(self, organisations: Choices, colleagues: Choices, team: Choices, data: Any = None) -> None:
        super().__init__(organisations, colleagues, data)
        choice: Any = self.fields["stands_in_for"]
        choice.choices = [("", _("Nobody: it cares itself")), *team]

    @property
    def end(self) -> datetime | None:
        """The moment after the last day."""
        day = self.cleaned_data["until"]
        return (
            None
            if day is None
            else datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone()) - INSTANT
        )


class StandInForm(LinkForm):
    """Another organisation stands in for all patients for a time."""

    since = Day(label=_("From"))
    until = Day(label=_("Until"))

    def __init__(self, organisations: Choices, colleagues: Choices, data: Any = None) -> None:
        super().__init__(organisations, colleagues, data)
        self.fields["informed"].label = _("Were all of them informed, and do not object?")


class HandOverForm(LinkForm):
    """Another organisation takes over on a day."""

    on = Day(label=_("From which day on?"))
    with_plans = forms.BooleanField(
        label=_("Visits and tasks from that day on go along"),
        required=False,
        initial=True,
        help_text=_("Tasks without a day go at once. What lies before the day stays with you."),
    )
