"""Search among the documents: `parse` an address's parameters, `run` the query within what may be seen."""

from patients.records.search.keys import only_patient
from patients.records.search.parse import LARGEST_PAGE, parse
from patients.records.search.query import Condition, Everything, Page, Query, Scope
from patients.records.search.run import PAGE, run, run_together

__all__ = [
    "LARGEST_PAGE",
    "PAGE",
    "Condition",
    "Everything",
    "Page",
    "Query",
    "Scope",
    "only_patient",
    "parse",
    "run",
    "run_together",
]
