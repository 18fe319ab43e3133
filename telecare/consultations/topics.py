"""The topics of consultations. See README for what is said on them."""

from __future__ import annotations


def room(consultation: str) -> str:
    """Of whoever takes part, waiting or inside."""
    return f"room:{consultation}"


def seat(consultation: str, peer: str) -> str:
    """Of one member of the room: signals for this browser alone."""
    return f"room:{consultation}/{peer}"


def waiting(organisation: str) -> str:
    """Of the staff that admits."""
    return f"waiting:{organisation}"
