"""What a measured value is called beside a note, in the reader's language.

The kinds that we measure are those of `telecare.vitals`, which stands beside us; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: Final[Mapping[str, str | Promise]] = {  # by LOINC code
    "85354-9": _("Blood pressure"),
    "8867-4": _("Pulse"),
    "59408-5": _("Oxygen saturation"),
    "2708-6": _("Oxygen saturation"),
    "29463-7": _("Weight"),
    "8310-5": _("Temperature"),
    "2339-0": _("Blood glucose"),
    "2345-7": _("Blood glucose"),
    "41653-7": _("Blood glucose"),
    "9279-1": _("Respiration"),
    "72514-3": _("Pain"),
}


def title(observation: Mapping[str, Any]) -> str:
    """What an Observation is about; in the words of whoever recorded it where we do not measure such a thing."""
    code = observation["code"]
    codings = code.get("coding", ())
    ours = (TITLES[one["code"]] for one in codings if one.get("code") in TITLES)
    theirs = code.get("text") or next((one["display"] for one in codings if one.get("display")), "")
    return str(next(ours, theirs))
