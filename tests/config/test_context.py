"""The shell around a page: areas by role, nothing asked of the database before a template asks."""

from __future__ import annotations

from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from config import context
from patients.accounts.actor import Actor
from telecare.dashboards.queries.shapes import Counts

SHELL = Template("{{ shell.me.name }}{% for area in shell.areas %}{{ area.word }}{% endfor %}{{ shell.density }}")


def request(actor: Actor | None):
    made = RequestFactory().get("/help/")
    made.actor = actor
    made.resolver_match = None
    return made


def test_a_page_without_shell_asks_nothing(anna):
    page = context.page(request(anna))
    with CaptureQueriesContext(connection) as spent:
        Template("{{ district }} {{ help_phone }}").render(Context(page))
    assert len(spent) == 0


def test_a_page_asks_for_its_shell_once(anna):
    page = context.page(request(anna))
    assert "Anna Siemer" in SHELL.render(Context(page))
    with CaptureQueriesContext(connection) as spent:
        SHELL.render(Context(page))
    assert len(spent) == 0


def test_a_page_that_knows_the_figures_is_not_asked_again(anna):
    asking = request(anna)
    asking.counts = Counts(messages=3, tasks=1, waiting=2)
    figures = {area.key: area.count for area in context.shell(asking).areas}
    assert figures["tasks"] == 1


def test_staff_have_a_dense_shell_and_patients_a_generous_one(anna, heinrich):
    assert context.shell(request(anna)).density == "tc-staff"
    his = context.shell(request(heinrich))
    assert his.density == "tc-patient"
    assert his.search == ""
    assert "tasks" not in {area.key for area in his.areas}


def test_a_stranger_has_no_areas_and_no_search():
    stranger = context.shell(request(None))
    assert (stranger.areas, stranger.search, stranger.me.name) == ((), "", "")


def test_every_area_of_a_nurse_leads_somewhere(anna):
    areas = context.shell(request(anna)).areas
    assert {"today", "people", "tasks", "help"} <= {area.key for area in areas}
    assert all(area.href for area in areas)


def test_a_relative_and_a_pharmacist_are_led_to_nothing_that_they_do_not_have(ida, sabine):
    assert [area.href for area in context.shell(request(ida)).areas] == ["/", "/messages/", "/help/"]
    assert "/consultations/" not in [area.href for area in context.shell(request(sabine)).areas]


def test_who_works_without_records_is_led_to_organisations_instead(karl, dora, admin):
    for actor, place in ((karl, "/organisation/"), (dora, "/organisation/"), (admin, "/organisations/")):
        shell = context.shell(request(actor))
        log = ["/oversight/"] if actor is dora else []
        assert [area.href for area in shell.areas] == ["/", *log, place, "/help/"]
        assert shell.search == ""
