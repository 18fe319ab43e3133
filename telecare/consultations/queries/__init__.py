"""Reads of consultations: who may take part (`parties`), and what the pages show (`pages`)."""

from telecare.consultations.queries.day import expected, next_of, note_search, notes_of, waiting_count

__all__ = ["expected", "next_of", "note_search", "notes_of", "waiting_count"]
