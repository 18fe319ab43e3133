"""The shell around a page: areas by role, nothing asked of the database before a template asks."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from config import context
from patients.accounts.actor import Actor, Role

ANNA = Actor(Role.NURSE, person="Practitioner/anna", organisation="moorland")
HEINRICH = Actor(Role.PATIENT, person="Patient/heinrich")


@pytest.fixture
def asked(monkeypatch):
    """What the shell asks of the dashboards."""
    calls: list[str] = []
    monkeypatch.setattr(
        context.queries, "counts", lambda actor: calls.append("counts") or context.queries.Counts(3, 1, 2)
    )
    monkeypatch.setattr(context.queries, "me", lambda actor: calls.append("me") or context.queries.Me("Anna Siemer"))
    return calls


def request(actor: Actor | None):
    made = RequestFactory().get("/help/")
    made.actor = actor
    made.resolver_match = None
    return made


def test_a_page_without_shell_asks_nothing(asked):
    page = context.page(request(ANNA))
    Template("{{ district }} {{ help_phone }}").render(Context(page))
    assert asked == []


def test_a_page_with_shell_asks_once(asked):
    page = context.page(request(ANNA))
    Template("{{ shell.me.name }}{% for area in shell.areas %}{{ area.word }}{% endfor %}{{ shell.density }}").render(
        Context(page)
    )
    assert sorted(asked) == ["counts", "me"]


def test_staff_have_a_dense_shell_and_patients_a_generous_one(asked):
    assert context.shell(request(ANNA)).density == "tc-staff"
    heinrich = context.shell(request(HEINRICH))
    assert heinrich.density == "tc-patient"
    assert heinrich.search == ""
    assert "tasks" not in {area.key for area in heinrich.areas}


def test_a_stranger_has_no_areas_and_no_search(asked):
    stranger = context.shell(request(None))
    assert (stranger.areas, stranger.search, stranger.me.name) == ((), "", "")
    assert asked == []


def test_an_area_that_is_not_built_in_is_left_out(asked, monkeypatch):
    monkeypatch.setattr(context, "address", lambda name: "" if name == "help" else f"/{name}")
    assert {area.key for area in context.shell(request(ANNA)).areas} == {
        "today",
        "people",
        "messages",
        "tasks",
        "video",
    }
