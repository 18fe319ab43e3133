"""Search among the documents: `parse` an address's parameters, `run` the query within what may be seen."""

from patients.records.search.include import (
    MOST_INCLUDED,
    Included,
    Includes,
    included,
    includes_of,
    parse_includes,
    revincludes_of,
)
from patients.records.search.keys import only_patient
from patients.records.search.parse import LARGEST_PAGE, parse
from patients.records.search.query import Condition, Everything, Page, Query, Scope
from patients.records.search.run import PAGE, run, run_across, run_together
from patients.records.search.values import refused

__all__ = [
    "LARGEST_PAGE",
    "MOST_INCLUDED",
    "PAGE",
    "Condition",
    "Everything",
    "Included",
    "Includes",
    "Page",
    "Query",
    "Scope",
    "included",
    "includes_of",
    "only_patient",
    "parse",
    "parse_includes",
    "refused",
    "revincludes_of",
    "run",
    "run_across",
    "run_together",
]
