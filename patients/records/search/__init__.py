"""Search among the documents: `parse` an address's parameters, `run` the query within what may be seen."""

from patients.records.index.slots import main_date
from patients.records.search.chains import is_link
from patients.records.search.compare import Sql, both, compared_day, either
from patients.records.search.compartments import pointing, types_in, within
from patients.records.search.include import (
    MOST_INCLUDED,
    Along,
    Included,
    Includes,
    Other,
    included,
    includes_of,
    parse_includes,
    references_of,
    revincludes_of,
    targets_at,
    targets_of,
)
from patients.records.search.keys import only_patient, patients_asked_for
from patients.records.search.offers import Offer, offers
from patients.records.search.parse import CURSOR, LARGEST_PAGE, parse
from patients.records.search.query import Coded, Condition, Day, Everything, Link, Page, Query, Scope, Target
from patients.records.search.run import (
    COUNTED,
    LATELY,
    PAGE,
    cursor_after,
    fingerprint,
    number_of,
    run,
    run_across,
    run_together,
    stored_moment,
)
from patients.records.search.values import refused

__all__ = [
    "COUNTED",
    "CURSOR",
    "LARGEST_PAGE",
    "LATELY",
    "MOST_INCLUDED",
    "PAGE",
    "Along",
    "Coded",
    "Condition",
    "Day",
    "Everything",
    "Included",
    "Includes",
    "Link",
    "Offer",
    "Other",
    "Page",
    "Query",
    "Scope",
    "Sql",
    "Target",
    "both",
    "compared_day",
    "cursor_after",
    "either",
    "fingerprint",
    "included",
    "includes_of",
    "is_link",
    "main_date",
    "number_of",
    "offers",
    "only_patient",
    "parse",
    "parse_includes",
    "patients_asked_for",
    "pointing",
    "references_of",
    "refused",
    "revincludes_of",
    "run",
    "run_across",
    "run_together",
    "stored_moment",
    "targets_at",
    "targets_of",
    "types_in",
    "within",
]
