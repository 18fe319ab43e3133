"""Pages of organisations, staff, patients and care links."""
