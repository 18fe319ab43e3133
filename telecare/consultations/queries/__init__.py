"""Reads of consultations: who may take part (`parties`), and what the pages show (`pages`)."""
