"""What the pages of privacy read, one module for each matter."""
