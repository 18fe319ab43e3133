"""The lowest seam: what happened is told upward by name and ids, so that nothing below imports what listens."""

from patients.events.registry import emit, forget, on

__all__ = ["emit", "forget", "on"]
