"""Documents and their versions."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest

from patients import vault
from patients.database import write
from patients.errors import Conflict, Gone, Invalid, Missing
from patients.records import history, projections, store, wire
from patients.records.models import Change, Compartment, Document, Token, Version
from tests.patients.records.conftest import ERNA, HEINRICH, MOORLAND, Store, person, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_what_comes_back_is_what_was_sent_but_for_id_and_meta(stored: Store) -> None:
    sent = pulse("72.40", meta={"profile": ["http://hl7.org/fhir/StructureDefinition/vitalsigns"]})
    document = stored(sent)
    read = wire.parse(store.get("Observation", document.logical_id).text)
    assert list(read)[:3] == ["resourceType", "id", "meta"]
    assert read.pop("id") == document.logical_id
    assert read.pop("meta") == {
        "profile": ["http://hl7.org/fhir/StructureDefinition/vitalsigns"],
        "versionId": "1",
        "lastUpdated": document.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    sent.pop("meta")
    assert wire.canonical(read) == wire.canonical(sent)
    assert str(read["valueQuantity"]["value"]) == "72.40"


def test_a_document_of_a_minute_ago_is_the_same_after_being_loaded(stored: Store) -> None:
    made = stored(pulse())
    read = store.get("Observation", made.logical_id)
    assert read.content == made.content
    assert (read.updated_at, read.patient, read.custodian, read.category, read.deleted) == (
        made.updated_at, HEINRICH, MOORLAND, "clinical", False,
    )  # fmt: skip
    assert read.digest == made.digest == hashlib.sha256(bytes(read.body)).digest()


def test_the_body_is_sealed_and_opens_in_its_own_place_only(stored: Store) -> None:
    document = stored(person())
    assert b"Brandt" not in bytes(document.body)
    with pytest.raises(vault.Unreadable):
        vault.unseal(document.key, "Patient", document.logical_id, 2, document.body)


def test_whom_a_version_names_is_found_once_and_anew_for_each_version(stored: Store) -> None:
    def group(*patients: str) -> dict[str, Any]:
        members = [{"entity": {"reference": f"Patient/{one}"}} for one in patients]
        return {"resourceType": "Group", "type": "person", "actual": True, "member": members}

    first = stored(group(HEINRICH, ERNA))
    assert first.named == {HEINRICH, ERNA}
    assert first.named is first.named
    with write():
        second = store.update(first, group(HEINRICH), category="nursing")
        third = store.delete(second)
    assert (second.named, third.named) == ({HEINRICH}, set())
    assert [one.named for one in history.versions(third)] == [set(), {HEINRICH}, {HEINRICH, ERNA}]


def test_an_update_keeps_what_was_before(stored: Store) -> None:
    first = stored(pulse("72"))
    with write():
        second = store.update(first, pulse("74"), category="nursing")
    assert [(each.version, each.content["valueQuantity"]["value"]) for each in history.versions(second)] == [
        (2, Decimal(74)),
        (1, Decimal(72)),
    ]
    assert history.version(second, 1).category == "clinical"
    assert history.version(second, 1).content["meta"]["versionId"] == "1"
    assert store.get("Observation", first.logical_id).category == "nursing"
    with pytest.raises(Missing):
        history.version(second, 3)


def test_the_second_of_two_who_changed_the_same_version_is_told(stored: Store) -> None:
    first = stored(pulse("72"))
    with write():
        store.update(first, pulse("74"), category="clinical")
    with pytest.raises(Conflict), write():
        store.update(first, pulse("75"), category="clinical")
    assert store.get("Observation", first.logical_id).content["valueQuantity"]["value"] == Decimal(74)
    assert Version.objects.count() == 1


def test_a_deleted_document_is_gone_and_can_be_brought_back(stored: Store) -> None:
    first = stored(pulse("72"))
    with write():
        deleted = store.delete(first)
    tombstone = store.get("Observation", first.logical_id)
    assert tombstone.deleted
    assert tombstone.version == 2
    assert bytes(tombstone.body) == b""
    with pytest.raises(Gone):
        _ = tombstone.text
    assert not Token.objects.filter(document=first).exists()
    with write():
        back = store.update(deleted, pulse("70"), category="clinical")
    assert [(each.version, each.deleted) for each in history.versions(back)] == [(3, False), (2, True), (1, False)]
    assert history.version(back, 1).content["valueQuantity"]["value"] == Decimal(72)


def test_every_write_is_one_change_in_order(stored: Store) -> None:
    document = stored(pulse("72"))
    with write():
        document = store.update(document, pulse("74"), category="clinical")
        store.delete(document)
    assert list(Change.objects.order_by("seq").values_list("version", "deleted")) == [(1, False), (2, False), (3, True)]


def test_an_id_is_taken_once_even_after_deletion(stored: Store) -> None:
    first = stored(pulse(), logical_id="puls-1")
    with pytest.raises(Conflict):
        stored(pulse(), logical_id="puls-1")
    with write():
        store.delete(first)
    with pytest.raises(Conflict):
        stored(pulse(), logical_id="puls-1")
    stored(person(), logical_id="puls-1")  # another type is another id


@pytest.mark.parametrize("wrong", ["", "a/b", "a" * 65, "ä", "../etc"])
def test_an_id_that_fhir_does_not_allow_is_refused(stored: Store, wrong: str) -> None:
    with pytest.raises(Invalid):
        stored(pulse(), logical_id=wrong or " ")
    assert not Document.objects.exists()


def test_a_patient_concerns_itself(stored: Store) -> None:
    heinrich = stored(person(), logical_id=HEINRICH)
    assert heinrich.patient == HEINRICH
    assert heinrich.key == vault.key_for(patient=HEINRICH)


def test_records_of_two_organisations_have_different_keys(stored: Store) -> None:
    ours, theirs = stored(pulse()), stored(pulse(), custodian="hausarztpraxis-am-markt")
    assert ours.key != theirs.key
    assert ours.key == stored(pulse()).key


def test_nobody_moves_a_document_to_another_patient(stored: Store) -> None:
    document = stored(pulse())
    nobody = pulse()
    del nobody["subject"]
    for moved in (pulse(of=ERNA), nobody):
        with pytest.raises(Invalid), write():
            store.update(document, moved, category="clinical")
    with write():
        deleted = store.delete(document)
    with pytest.raises(Invalid), write():
        store.update(deleted, pulse(of=ERNA), category="clinical")
    document = stored(nobody)
    with pytest.raises(Invalid), write():
        store.update(document, pulse(), category="clinical")


def test_a_document_that_names_nobody_belongs_to_whom_the_writer_says(stored: Store) -> None:
    nobody = pulse()
    del nobody["subject"]
    document = stored(nobody, patient=HEINRICH)
    assert document.patient == HEINRICH
    with write():
        assert store.update(document, nobody, category="clinical").patient == HEINRICH
    with pytest.raises(Invalid):
        stored(pulse(of=ERNA), patient=HEINRICH)


def test_a_document_of_two_patients_stands_in_both_compartments(stored: Store) -> None:
    couple = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-11-24T09:00:00+01:00",
        "end": "2026-11-24T09:20:00+01:00",
        "participant": [
            {"actor": {"reference": f"Patient/{HEINRICH}"}, "status": "accepted"},
            {"actor": {"reference": f"Patient/{ERNA}"}, "status": "accepted"},
        ],
    }
    document = stored(couple)
    assert document.patient == HEINRICH
    assert set(Compartment.objects.values_list("patient", flat=True)) == {HEINRICH, ERNA}
    alone = {**couple, "participant": couple["participant"][:1]}
    with write():
        store.update(document, alone, category="administrative")
    assert not Compartment.objects.exists()


def test_the_members_of_a_group_come_and_go(stored: Store) -> None:
    def group(*members: str) -> dict[str, object]:
        return {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": f"Patient/{each}"}} for each in members],
        }

    document = stored(group(HEINRICH))
    assert document.patient is None
    with write():
        store.update(document, group(ERNA), category="administrative")
    assert list(Compartment.objects.values_list("patient", flat=True)) == [ERNA]


def test_a_projection_sees_every_write_and_can_undo_it(stored: Store) -> None:
    seen: list[tuple[object, object]] = []

    def project(document: Document, content: dict[str, object] | None, previous: dict[str, object] | None) -> None:
        seen.append((content and content["status"], previous and previous["status"]))
        if content and content["status"] == "entered-in-error":
            raise Invalid("not here")

    projections.on("Observation", project)
    try:
        document = stored(pulse())
        with write():
            document = store.update(document, pulse(status="amended"), category="clinical")
        with pytest.raises(Invalid), write():
            store.update(document, pulse(status="entered-in-error"), category="clinical")
        with write():
            store.delete(store.get("Observation", document.logical_id))
    finally:
        projections.forget("Observation", project)
    assert seen == [("final", None), ("amended", "final"), ("entered-in-error", "amended"), (None, "amended")]
    assert store.get("Observation", document.logical_id).version == 3


def test_many_are_stored_like_one(stored: Store) -> None:
    news = [
        store.New(store.prepare(pulse(str(value))), MOORLAND, "clinical", logical_id=f"puls-{value}")
        for value in range(60, 80)
    ]
    with write():
        made = store.create_many(news)
    assert [document.logical_id for document in made] == [f"puls-{value}" for value in range(60, 80)]
    found = store.get_many("Observation", [f"puls-{value}" for value in range(60, 90)])
    assert {each.content["valueQuantity"]["value"] for each in found.values()} == set(range(60, 80))
    one = stored(pulse("60"))
    counts = [Token.objects.filter(document=document).count() for document in (made[0], one)]
    assert counts[0] == counts[1] == 3


def test_of_many_none_is_stored_when_one_id_is_taken(stored: Store) -> None:
    stored(pulse(), logical_id="puls-2")
    news = [store.New(store.prepare(pulse()), MOORLAND, "clinical", logical_id=f"puls-{n}") for n in (1, 2, 3)]
    with pytest.raises(Conflict, match="puls-2"), write():
        store.create_many(news)
    assert Document.objects.count() == 1


def test_what_is_no_valid_resource_is_not_stored(stored: Store) -> None:
    with pytest.raises(Invalid):
        stored({**pulse(), "status": "guessed"})
    assert not Document.objects.exists()


def test_nothing_is_written_outside_of_a_write_transaction(stored: Store) -> None:
    document = stored(pulse())
    for attempt in (
        lambda: store.create(pulse(), custodian=None, category="clinical"),
        lambda: store.update(document, pulse(), category="clinical"),
        lambda: store.delete(document),
    ):
        with pytest.raises(RuntimeError):
            attempt()


def test_who_may_see_few_pages_through_a_history_a_bounded_way_at_a_time(stored: Store) -> None:
    """Every write is told once, in order, however few are looked at for one page."""
    ernas = stored(pulse(of=ERNA))
    for _ in range(7):
        stored(pulse())
    with write():
        store.update(ernas, pulse("74", of=ERNA), category="clinical")
    for _ in range(3):
        stored(pulse())

    class Hers:
        sql, params = "d.patient = %s", (ERNA,)

    for count in (1, 2, 50):
        told, pages, cursor = [], 0, None
        while cursor is not None or not pages:
            page = history.page(history.Wanted("Observation", count=count, cursor=cursor), Hers(), most=3)
            assert page.total is None
            told += [(one.logical_id, one.version) for one in page.rows]
            pages, cursor = pages + 1, page.next
        assert told == [(ernas.logical_id, 2), (ernas.logical_id, 1)]
        assert pages >= 12 // 3
    whole = history.page(history.Wanted("Observation"), Hers(), most=100)
    assert (len(whole.rows), whole.total, whole.next) == (2, 2, None)
