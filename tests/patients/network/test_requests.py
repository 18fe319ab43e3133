"""Whoever misses somebody asks; the team or the person answers; who asks learns nothing by asking."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from patients.access import Action, allowed, codes, repository
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.audit.models import AuditEvent
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import queries, resources, services
from patients.network.resources import Address, Name, asking
from patients.network.services import requests
from patients.records.models import Document
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

HIMSELF = resources.person(Name("Brandt", "Heinrich"), date(1941, 3, 14), kvnr="X110411941")
NOBODY = resources.person(Name("Brandt", "Heinz"), date(1942, 3, 14), address=Address("Weg 1", "49377", "Lüttmoor"))


def asked(actor: Actor, person: resources.Resource = HIMSELF) -> str:
    paper = services.request_access(actor, person, reason="Kommt ab Montag zu uns.").logical_id
    requests.deliver_request(paper)
    return paper


def test_the_request_comes_to_the_team_and_anna_lets_davids_practice_in(anna: Actor, david: Actor) -> None:
    paper = asked(david)
    [request] = queries.requests_to_answer(anna)
    assert (request.patient, request.asker, request.organisation) == (HEINRICH, david.person, ident("deichweg"))
    link = services.grant_request(anna, request.id, on=timezone.localtime() - timedelta(days=1), by=str(anna.person))
    assert allowed(david, Action.READ, patient=HEINRICH, category="clinical")
    assert link.content["participant"][0]["member"]["reference"] == f"Organization/{ident('deichweg')}"
    assert queries.requests_to_answer(anna) == []
    [own] = queries.own_requests(david)
    assert (own.id, own.status, own.answer and own.answer.by) == (paper, asking.GRANTED, anna.person)
    with pytest.raises(Conflict):
        services.refuse_request(anna, request.id, words="Doch nicht.")


def test_mia_who_reads_no_consents_answers_as_well(mia: Actor, david: Actor) -> None:
    asked(david)
    [request] = queries.requests_to_answer(mia)
    services.refuse_request(mia, request.id, words="Bitte rufen Sie uns an.")
    [own] = queries.own_requests(david)
    assert own.status == asking.REFUSED
    assert own.answer is not None and own.answer.text == "Bitte rufen Sie uns an."
    assert not allowed(david, Action.READ, patient=HEINRICH)


def test_heinrich_grants_it_himself(heinrich: Actor, david: Actor) -> None:
    asked(david)
    [request] = queries.requests_to_answer(heinrich)
    services.grant_request(heinrich, request.id)
    assert allowed(david, Action.READ, patient=HEINRICH)


def test_a_no_needs_words_and_a_yes_no_day_in_the_future(anna: Actor, david: Actor) -> None:
    asked(david)
    [request] = queries.requests_to_answer(anna)
    with pytest.raises(Invalid):
        services.refuse_request(anna, request.id, words="  ")
    with pytest.raises(Invalid):
        services.grant_request(anna, request.id, on=timezone.localtime() + timedelta(days=1))


@pytest.mark.parametrize("who", ["bernd", "david", "sabine", "ida", "wilma", "karl", "dora"])
def test_nobody_else_sees_or_answers_it(cast: dict[str, Actor], david: Actor, who: str) -> None:
    asked(david)
    task = next(one.logical_id for one in Document.objects.filter(type="Task", patient=HEINRICH))
    assert queries.requests_to_answer(cast[who]) == []
    with pytest.raises(Missing):
        services.grant_request(cast[who], task)
    with pytest.raises(Missing):
        services.refuse_request(cast[who], task, words="Nein.")
    with pytest.raises(Missing):
        services.grant_request(cast[who], ident("no such task"))


def test_who_asks_reads_the_same_whether_anybody_is_known(david: Actor) -> None:
    known, unknown = asked(david), asked(david, NOBODY)
    papers = [repository(david).read("Task", one).content for one in (known, unknown)]
    shapes = [set(one) for one in papers]
    assert shapes[0] == shapes[1]
    assert [one.status for one in queries.own_requests(david)] == [asking.OPEN, asking.OPEN]
    assert HEINRICH not in str(papers)
    assert Document.objects.filter(type="Task", patient__isnull=False).count() == 1


def test_what_was_delivered_is_not_delivered_twice(anna: Actor, david: Actor) -> None:
    paper = asked(david)
    requests.deliver_request(paper)
    assert len(queries.requests_to_answer(anna)) == 1


def test_asking_is_limited_and_logged_and_for_those_who_care_only(david: Actor, karl: Actor, ida: Actor) -> None:
    for _ in range(requests.MOST_AN_HOUR):
        services.request_access(david, NOBODY, reason="Neu bei uns.")
    with pytest.raises(Denied):
        services.request_access(david, HIMSELF, reason="Neu bei uns.")
    for who in (karl, ida):
        with pytest.raises(Denied):
            services.request_access(who, HIMSELF, reason="Neu bei uns.")
    assert AuditEvent.objects.filter(account=david.account, action=requests.ASKED).count() == requests.MOST_AN_HOUR


def test_the_team_reads_who_asked_and_when_it_looked_stands_in_the_log(anna: Actor, david: Actor) -> None:
    asked(david)
    queries.requests_to_answer(anna)
    assert AuditEvent.objects.filter(account=anna.account, action="requests of access", patient=HEINRICH).exists()


def test_who_reads_in_an_emergency_sees_neither_who_else_asks_nor_who_else_has_read(
    clara: Actor, david: Actor, bernd: Actor
) -> None:
    asked(bernd)
    services.open_in_emergency(bernd, HIMSELF, kind="danger", reason="Gestürzt, nicht ansprechbar.")
    own = services.open_in_emergency(david, HIMSELF, kind="danger", reason="Gestürzt, nicht ansprechbar.")[0]
    pairs = [("patient", f"Patient/{HEINRICH}"), ("code", f"{codes.TASK_CODE}|")]
    reader = actor_of(User.objects.get(pk=david.account))
    assert [one.logical_id for one in repository(reader).search("Task", pairs).rows] == [own.logical_id]
    assert [one.id for one in queries.readings(repository(reader), HEINRICH)] == [own.logical_id]
    assert len(repository(clara).search("Task", pairs).rows) == 3
