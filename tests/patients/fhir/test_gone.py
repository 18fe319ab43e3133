"""Who is told that something was deleted has seen it: the log says so, and says no more to whom it never was."""

from __future__ import annotations

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor, system
from patients.audit.models import AuditEvent
from patients.database import write
from patients.network import services
from patients.network.resources import treatment
from patients.records import store
from patients.records.models import Document
from tests.cast import HEINRICH, WILMA, ident
from tests.patients.access.test_past import about
from tests.patients.fhir.bundles.conftest import answered, entry, send
from tests.patients.fhir.conftest import Person, calls, content, found, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NOTHING = "b7765bbf-df40-486a-9f2f-404309643de6"


@pytest.fixture
def gone(clara: Person, hearts: Document) -> Document:
    """The pulse, deleted: its second version."""
    clara.delete(hearts.reference)
    return hearts


def looks() -> list[tuple[str, str, str, str, int | None]]:
    rows = AuditEvent.objects.filter(source="fhir").exclude(action__in=("create", "delete")).order_by("id")
    return [(one.action, one.outcome, one.patient, one.ident, one.version) for one in rows]


@pytest.mark.parametrize(
    ("tail", "headers", "action"),
    [
        ("", {}, "read"),
        ("", {"if_none_match": 'W/"1"'}, "read"),
        ("", {"if_none_match": "*"}, "read"),
        ("", {"if_modified_since": "Sun, 21 Nov 2126 08:00:00 GMT"}, "read"),
        ("/_history/2", {}, "version"),
        ("/_history/2", {"if_none_match": 'W/"2"'}, "version"),
    ],
)
def test_a_read_of_what_was_deleted_is_a_look(
    anna: Person, gone: Document, tail: str, headers: dict[str, str], action: str
) -> None:
    assert anna.get(gone.reference + tail, **headers).status_code == 410
    assert looks() == [(action, "done", HEINRICH, gone.logical_id, 2)]


def test_a_head_and_a_patch_of_it_are_looks_too(anna: Person, clara: Person, gone: Document) -> None:
    assert anna.head(gone.reference).status_code == 410
    assert clara.patch(gone.reference, [{"op": "test", "path": "/status", "value": "final"}]).status_code == 410
    assert looks() == [("read", "done", HEINRICH, gone.logical_id, 2)] * 2


def test_heinrich_reads_who_looked_for_it(anna: Person, cast: dict[str, Actor], gone: Document) -> None:
    anna.get(gone.reference)
    told = found(calls(cast["heinrich"]).get("AuditEvent?action=R"))
    agents = [one["agent"][0]["who"].get("reference") for one in told]
    assert agents == [anna.actor.person]
    assert gone.reference in str(told[0]["entity"])


def test_the_log_of_who_may_not_see_him_is_as_of_what_never_was(bernd: Person, gone: Document) -> None:
    for tail in ("", "/_history/2"):
        before = len(looks())
        answers = [bernd.get(f"Observation/{one}{tail}") for one in (gone.logical_id, NOTHING)]
        assert [one.status_code for one in answers] == [404, 404]
        hidden, nothing = looks()[before:]
        assert hidden[:3] == nothing[:3] == ("version" if tail else "read", "denied", "")
        assert hidden[4:] == nothing[4:] == (None,)


def test_it_is_logged_once_in_a_batch_and_after_what_a_transaction_has_undone(
    anna: Person, clara: Person, gone: Document
) -> None:
    read = entry("GET", gone.reference)
    assert [one["response"]["status"][:3] for one in answered(send(anna, "batch", read))] == ["410"]
    assert len(looks()) == 1
    written = AuditEvent.objects.filter(action="create").count()
    undone = send(clara, "transaction", entry("POST", "Observation", pulse(HEINRICH)), read)
    assert undone.status_code == 410, content(undone)
    assert AuditEvent.objects.filter(action="create").count() == written
    assert looks() == [("read", "done", HEINRICH, gone.logical_id, 2)] * 2


def test_whoever_it_concerned_is_told(cast: dict[str, Actor], anna: Person) -> None:
    informed = treatment(timezone.localtime(), str(cast["david"].person))
    services.start_link(cast["david"], WILMA, organisation=ident("moorland"), bases=[informed])
    records = repository(system("several"))
    both = records.create(about("Appointment", HEINRICH, WILMA), custodian=ident("moorland"))
    records.delete("Appointment", both.logical_id)
    assert anna.get(both.reference).status_code == 410
    assert sorted(looks()) == sorted(("read", "done", one, both.logical_id, 2) for one in (HEINRICH, WILMA))


def test_everything_of_a_deleted_patient_is_a_look_of_that_name(anna: Person, heinrich: str) -> None:
    with write():
        store.delete(store.get("Patient", heinrich))
    assert anna.get(f"Patient/{heinrich}/$everything").status_code == 410
    assert looks() == [("everything", "done", heinrich, heinrich, 2)]
