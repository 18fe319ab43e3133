"""What a browser may send about organisations, staff, patients and care links."""
