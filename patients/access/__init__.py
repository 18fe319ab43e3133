"""Who may do what with whose records: rights as rows, one rule text, and the repository that carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patients.access.ceilings import Action as Action
    from patients.access.ceilings import Deed as Deed
    from patients.access.reading import Search as Search
    from patients.access.repositories import Repository as Repository
    from patients.access.repositories import repository as repository
    from patients.access.rules import Scope as Scope
    from patients.access.rules import Wish as Wish
    from patients.access.rules import allowed as allowed
    from patients.access.rules import allowed_among as allowed_among
    from patients.access.rules import allowed_each as allowed_each
    from patients.access.rules import decide as decide
    from patients.access.rules import scope as scope
    from patients.access.updating import Update as Update

_HOMES = {
    **dict.fromkeys(("Action", "Deed"), "ceilings"),
    "Search": "reading",
    **dict.fromkeys(("Repository", "repository"), "repositories"),
    "Update": "updating",
    **dict.fromkeys(("Scope", "Wish", "allowed", "allowed_among", "allowed_each", "decide", "scope"), "rules"),
}


def __getattr__(name: str) -> Any:
    """The public names, found when first used: most of them need models, which are loaded after this package."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"patients.access.{_HOMES[name]}"), name)
