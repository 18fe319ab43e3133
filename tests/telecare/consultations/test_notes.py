"""The note of two parts: drafts, orders, signatures, corrections."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import system
from patients.errors import Conflict, Denied, Invalid
from patients.network import services as network
from patients.network.resources import Name
from patients.records.models import Document
from telecare.consultations import services
from telecare.consultations.models import Draft
from telecare.consultations.queries import notes, parties
from telecare.consultations.resources import note, values
from telecare.consultations.resources.meeting import FollowUp
from telecare.consultations.resources.note import Part
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind
from telecare.vitals.kinds import BY_CODE
from tests.cast import HEINRICH
from tests.patients.fhir.conftest import calls, content
from tests.telecare.consultations.conftest import MARKT, MOORLAND, enter

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

FINDINGS = "Knöchelödeme beidseits <2 cm>\nKeine Luftnot & kein Husten"


@pytest.fixture
def call(anna, clara, home_visit_call) -> str:
    """Clara and Anna are both in the call from Heinrich's kitchen."""
    enter(clara, home_visit_call)
    enter(anna, home_visit_call)
    return home_visit_call


def test_both_write_and_sign_their_part_and_it_is_one_note(anna, clara, call):
    services.save_draft(clara, call, {"findings": FINDINGS, "assessment": "Stauung"})
    services.save_draft(anna, call, {"observation": "Schläft mit erhöhtem Kopf", "done": "Gewogen"})
    first = services.sign(clara, call)
    second = services.sign(anna, call)
    assert (first.custodian, first.category) == (MARKT, "clinical")
    assert (second.custodian, second.category) == (MOORLAND, "nursing")
    assert second.content["relatesTo"] == [{"code": "appends", "targetReference": {"reference": first.reference}}]
    assert first.content["encounter"] == second.content["encounter"] == {"reference": f"Encounter/{call}"}
    signed = notes.signed(repository(anna), call)
    assert signed[Part.DOCTOR].part.texts == {"findings": FINDINGS, "assessment": "Stauung"}
    assert (signed[Part.DOCTOR].signed_by, signed[Part.NURSE].signed_by) == (clara.person, anna.person)
    assert not Draft.objects.exists()


def test_both_parts_and_their_signatures_are_one_document_whoever_signed_first(anna, clara, call):
    services.save_draft(clara, call, {"findings": FINDINGS})
    services.save_draft(anna, call, {"done": "Gewogen"})
    first, second = services.sign(clara, call), services.sign(anna, call)
    for asker, asked, other in ((clara, first, second), (anna, second, first)):
        told = [one["resource"] for one in content(calls(asker).get(f"{asked.reference}/$document"))["entry"]]
        assert [one["id"] for one in told[:2]] == [asked.logical_id, other.logical_id]
        assert [one["resourceType"] for one in told].count("Provenance") == 2
        assert {"Patient", "Encounter", "Practitioner", "Organization"} <= {one["resourceType"] for one in told}


def test_a_draft_saves_itself_and_two_windows_do_not_overwrite_each_other(clara, call):
    assert services.save_draft(clara, call, {"findings": "eins"}, version=0) == 1
    assert services.save_draft(clara, call, {"findings": "zwei"}, version=1) == 2
    with pytest.raises(Conflict):
        services.save_draft(clara, call, {"findings": "alt"}, version=1)
    written = notes.drafts(clara, parties.card(call))[Part.DOCTOR]
    assert (written.texts["findings"], written.version) == ("zwei", 2)


def test_a_draft_is_sealed(clara, call):
    services.save_draft(clara, call, {"findings": FINDINGS})
    assert b"Luftnot" not in bytes(Draft.objects.get().body)


def test_each_reads_what_the_other_is_writing(anna, clara, call):
    services.save_draft(clara, call, {"findings": "Ödeme"})
    services.save_draft(anna, call, {"observation": "müde"})
    for reader in (anna, clara):
        assert set(notes.drafts(reader, parties.card(call))) == {Part.DOCTOR, Part.NURSE}


def test_mia_writes_no_part(mia, call):
    with pytest.raises(Denied):
        services.save_draft(mia, call, {"findings": "x"})


def test_an_empty_part_and_a_signed_one_are_not_signed(clara, call):
    with pytest.raises(Conflict):
        services.sign(clara, call)
    services.save_draft(clara, call, {"findings": "  "})
    with pytest.raises(Invalid):
        services.sign(clara, call)
    with pytest.raises(Invalid):
        services.save_draft(clara, call, {"findings": "x" * 20_001})


def test_a_correction_is_a_new_version_with_a_new_signature(clara, call):
    services.save_draft(clara, call, {"findings": "links"})
    first = services.sign(clara, call)
    services.correct(clara, call)
    services.correct(clara, call)  # taken up once
    services.save_draft(clara, call, {"findings": "rechts"})
    second = services.sign(clara, call)
    assert (second.logical_id, second.version, second.content["status"]) == (first.logical_id, 2, "amended")
    records = repository(clara)
    was = note.read(records.version("Composition", first.logical_id, 1).content)
    assert was is not None
    assert was.texts == {"findings": "links"}
    assert notes.signed(records, call)[Part.DOCTOR].signed_by == clara.person
    assert len(records.read_many("Provenance", [notes.signature_id(first), notes.signature_id(second)])) == 2


def test_nobody_takes_the_place_of_the_doctors_part_before_she_signs(anna, clara, call):
    """The id of a part cannot be worked out from what the others know: the consultation, and their own part."""
    services.save_draft(anna, call, {"observation": "müde"})
    own = services.sign(anna, call)
    known = uuid.UUID("7c1f2a52-6a1c-4f6e-9a54-0d9b1f5a3f10")
    for words in (f"{call}/doctor", f"{own.logical_id}/doctor", "doctor"):
        for name in (
            uuid.uuid5(known, words),
            uuid.uuid5(uuid.UUID(call), words),
            uuid.uuid5(uuid.NAMESPACE_URL, words),
        ):
            repository(anna).update({**own.content, "id": str(name)})
    services.save_draft(clara, call, {"findings": "Ödeme"})
    part = services.sign(clara, call)
    assert (part.version, part.custodian) == (1, MARKT)
    assert notes.signed(repository(anna), call)[Part.DOCTOR].signed_by == clara.person


def test_two_who_sign_at_once_make_one_document(clara, call):
    services.save_draft(clara, call, {"findings": "Ödeme"})
    part = services.sign(clara, call)
    with pytest.raises(Conflict):
        services.sign(clara, call)
    second = {**part.content, "title": "zweimal"}
    with pytest.raises(Conflict):
        repository(clara).create(second, logical_id=notes.composition_id(call, Part.DOCTOR))
    assert Document.objects.filter(type="Composition").count() == 1
    assert str(uuid.UUID(part.logical_id)) == part.logical_id


def test_anna_does_not_correct_claras_part(anna, clara, call):
    services.save_draft(clara, call, {"findings": "links"})
    services.sign(clara, call)
    with pytest.raises(Conflict):
        services.correct(anna, call)


def test_an_order_is_at_once_a_task_of_the_nursing_service(anna, clara, call):
    order = services.order(
        clara,
        call,
        text="Torasemid 20 mg",
        organisation=MOORLAND,
        due_at=timezone.now() + timedelta(hours=3),
        urgent=True,
    )
    (task,) = tasks.worklist(anna)
    assert (task.id, task.text, task.urgent, task.encounter) == (
        order.logical_id,
        "Torasemid 20 mg",
        True,
        f"Encounter/{call}",
    )


def test_anna_reads_the_order_back_and_it_stands_with_name_and_time(anna, clara, call):
    order = services.order(clara, call, text="Torasemid 20 mg", organisation=MOORLAND)
    services.read_back(anna, call, order.logical_id)
    services.read_back(anna, call, order.logical_id)  # once is enough
    (found,) = notes.orders(repository(clara), call)
    assert found.read_back_by == anna.person
    assert found.read_back_at is not None
    assert repository(clara).read("Task", order.logical_id).version == 2


def test_only_doctors_order_and_only_nurses_read_back(anna, clara, call):
    with pytest.raises(Denied):
        services.order(anna, call, text="x", organisation=MOORLAND)
    order = services.order(clara, call, text="x", organisation=MOORLAND)
    with pytest.raises(Denied):
        services.read_back(clara, call, order.logical_id)


def test_the_signed_part_names_its_orders_and_values(anna, clara, call):
    from telecare.vitals import services as vitals
    from telecare.vitals.kinds import BY_NAME

    measured = vitals.record_measurement(
        anna, HEINRICH, kind=BY_NAME["pulse"], values=[Decimal(78)], taken_at=timezone.now(), confirmed=True
    )
    order = services.order(clara, call, text="Täglich wiegen", organisation=MOORLAND)
    services.save_draft(clara, call, {"assessment": "Stauung"})
    services.save_draft(anna, call, {"done": "Puls gemessen"})
    doctor, nurse = note.read(services.sign(clara, call).content), note.read(services.sign(anna, call).content)
    assert doctor is not None
    assert nurse is not None
    assert list(doctor.orders) == [f"Task/{order.logical_id}"]
    assert list(nurse.values) == [measured.reference]


def test_signing_completes_the_task_that_asked_for_it(anna, clara, call):
    services.save_draft(anna, call, {"observation": "müde"})
    services.close(clara, call, FollowUp.NONE)
    assert [task.kind for task in tasks.worklist(anna)] == [Kind.NOTE_PART]
    services.sign(anna, call)
    assert tasks.worklist(anna) == []
    assert [task.kind for task in tasks.worklist(clara)] == [Kind.NOTE_PART]


def test_a_practice_alone_owes_no_nurses_part(clara, consultation):
    enter(clara, consultation)
    services.save_draft(clara, consultation, {"findings": "gut"})
    services.sign(clara, consultation)
    services.close(clara, consultation, FollowUp.NONE)
    assert tasks.of_encounter(clara, consultation) == []


@pytest.mark.parametrize("text", ["einfach", "a\nb", "<b>nicht fett</b> & 5 < 6", "„Anführung“ – ä", "  Rand  "])
def test_words_come_back_as_they_were_written(text):
    narrative = note.narrative(text)
    assert note.plain(narrative["div"]) == "\n".join(line.strip() for line in text.splitlines())


def test_an_old_note_keeps_the_name_of_its_day(anna, clara, call, browser):
    network.rename_person(anna, HEINRICH, name=Name("Ahlers", "Heinrich"), since=timezone.localdate())
    records = repository(system("yesterday"))
    encounter = records.read("Encounter", call).content
    moment = (timezone.localtime() - timedelta(days=1)).isoformat(timespec="seconds")
    records.update({**encounter, "period": {**encounter.get("period", {}), "start": moment, "end": moment}})
    page = browser(clara).get(f"/consultations/{call}/note/").content.decode()
    assert "Heinrich Brandt" in page
    assert "heute: Heinrich Ahlers" in page


def test_values_beside_the_note_are_called_as_on_the_page_where_they_are_measured() -> None:
    assert {code: str(kind.label) for code, kind in BY_CODE.items()} == {
        code: str(title) for code, title in values.TITLES.items()
    }
    weight = {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]}
    assert values.title({"code": weight}) == "Gewicht"
    assert values.title({"code": {"coding": [{"code": "2160-0", "display": "Kreatinin"}]}}) == "Kreatinin"
    assert values.title({"code": {"text": "Bauchumfang"}}) == "Bauchumfang"
