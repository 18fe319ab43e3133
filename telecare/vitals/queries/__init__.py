"""What is known of measured values: `measured` reads documents, `pages` holds what a page shows."""

from telecare.vitals.queries.measured import (
    as_one,
    last_of,
    limit_in_force,
    limits_of,
    one,
    searches,
    series,
    series_of,
)

__all__ = ["as_one", "last_of", "limit_in_force", "limits_of", "one", "searches", "series", "series_of"]
