"""What differs between two versions of a CareTeam: its care links, which are judged one by one, or something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from patients.access.derivation import Link
from patients.network.resources import teams

Resource = dict[str, Any]

_OF_LINKS: Final = ("meta", "status", "period", "participant")
_OF_VERSIONS: Final = ("versionId", "lastUpdated")


def covers(wide: Link, narrow: Link) -> bool:
    """Whether the one opens all that the other does."""
    return (
        wide.organisation == narrow.organisation
        and wide.person in ("", narrow.person)
        and wide.span.since <= narrow.span.since
        and narrow.span.until <= wide.span.until
        and narrow.scope <= wide.scope
        and set(narrow.bases) <= set(wide.bases)
    )


def only_links(before: Resource, after: Resource, old: Sequence[Link], new: Sequence[Link], *, own: str | None) -> bool:
    """Whether links were ended or added, or the acceptance of `own` (an organisation) was said, and nothing else.

    `old` and `new` are the links that the two versions state. What changes nothing at all is no change of links: it is
    written by who may write the rest, not by whoever reads it.
    """
    changed = {one.organisation for one in {*old} ^ {*new}}
    added = {one.organisation for one in new if not any(covers(wide, one) for wide in old)}
    parts, now = before.get("participant", ()), after.get("participant", ())
    stood, further = now[: len(parts)], now[len(parts) :]

    def kept(part: Resource) -> Resource:
        whose = _organisation(part)
        rest = teams.without_acceptance(part) if whose == own else part
        return {name: value for name, value in rest.items() if name != "period" or whose not in changed}

    return (
        _rest(before) == _rest(after)
        and list(map(kept, parts)) == list(map(kept, stood))
        and all(_organisation(one) in added for one in further)
        and bool(changed or (parts != stood and _times(before) == _times(after)))
    )


def _rest(team: Resource) -> Resource:
    meta = {name: value for name, value in team.get("meta", {}).items() if name not in _OF_VERSIONS}
    return {name: value for name, value in team.items() if name not in _OF_LINKS} | {"meta": meta}


def _times(team: Resource) -> tuple[Any, Any]:
    return team.get("status"), team.get("period")


def _organisation(part: Resource) -> str:
    """Whose part it is: the organisation itself, or the one in whose name a person takes part."""
    for said in (part.get("member", {}), part.get("onBehalfOf", {})):
        reference = str(said.get("reference", ""))
        if reference.startswith("Organization/"):
            return reference.removeprefix("Organization/")
    return ""
