"""What the start pages, the patient page and the shell show: one frozen object per page."""

from telecare.dashboards.queries.nurse import nurse_day
from telecare.dashboards.queries.office import office_page
from telecare.dashboards.queries.own import own_page
from telecare.dashboards.queries.patient import patient_page
from telecare.dashboards.queries.people import people_page
from telecare.dashboards.queries.practice import practice_day
from telecare.dashboards.queries.shell import counts, me

__all__ = [
    "counts",
    "me",
    "nurse_day",
    "office_page",
    "own_page",
    "patient_page",
    "people_page",
    "practice_day",
]
