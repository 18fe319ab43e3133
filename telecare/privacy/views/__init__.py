"""Pages of privacy, one module for each matter."""
