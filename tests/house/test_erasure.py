"""An erased patient is in no table any more but the log, whoever keeps the table; and no table is left out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from messaging.chat import services as chat
from messaging.chat.models import Message
from patients import vault
from patients.access import Action, allowed
from patients.accounts.actor import Actor, system
from patients.accounts.models import Token, User
from patients.accounts.queries import actor_of
from patients.network import services
from patients.network.resources import Name
from patients.records.models import Document
from patients.vault.models import DataKey
from tests.cast import HEINRICH, IDA, WILMA
from tests.house import known
from tests.house.whole import Whole, everything
from tests.patients.attachments.conftest import storage

__all__ = ["storage"]
pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NOTHING = {  # tables that hold nothing of a patient, and why
    "contenttypes.ContentType": "names of our tables",
    "auth.Permission": "Django's own; nobody has any",
    "auth.Group": "Django's own; there is none",
    "auth.Group_permissions": "the same",
    "account.EmailAddress": "allauth's; addresses of patients stand in their Patient only",
    "account.EmailConfirmation": "the same",
    "vault.State": "keys of the whole network",
    "audit.Seal": "numbers of rows and MACs",
    "audit.Chain": "numbers of rows and MACs",
    "accounts.SharedDevice": "tablets of organisations",
    "accounts.Attempt": "a keyed hash of sign-in name and address, which nothing leads to",
    "records.Erasure": "a keyed hash, which only the ledger's reader compares",
    "realtime.Ticket": "a digest that lives for seconds",
}
KEPT = {  # tables that keep something, and why
    "audit.AuditEvent": "ids only: the log outlives an erasure",
    "vault.DataKey": "the id of a key that was destroyed",
    "records.Document": "what concerns other patients as well; the answer tells how many",
    "records.Compartment": "the same",
    "records.Reference": "the same",
    "records.Token": "the same",
    "records.Change": "the same",
}
Rows = dict[str, set[object]]


def rows_of(ids: Iterable[str]) -> Rows:
    """By table, the rows that hold one of these ids, and those that hang on such a row."""
    pattern = re.compile("|".join(map(re.escape, ids)))
    tables = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    found: Rows = {label: _naming(model, pattern) for label, model in tables.items()}
    size = -1
    while size != (size := sum(map(len, found.values()))):
        for label, model in tables.items():
            found[label] |= _hanging(model, found)
    return {label: keys for label, keys in found.items() if keys}


def _naming(model: type[models.Model], pattern: re.Pattern[str]) -> set[object]:
    plain = [one.attname for one in model._meta.concrete_fields if not isinstance(one, models.BinaryField)]
    rows = model._default_manager.values_list("pk", *plain)
    return {key for key, *values in rows if any(pattern.search(str(value)) for value in values)}


def _hanging(model: type[models.Model], found: Rows) -> set[object]:
    keys: set[object] = set()
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and (parents := found.get(field.related_model._meta.label)):
            keys |= set(model._default_manager.filter(**{f"{field.name}__in": parents}).values_list("pk", flat=True))
    return keys


def files() -> set[str]:
    folders, _files = default_storage.listdir("attachments")
    return {f"attachments/{one}/{name}" for one in folders for name in default_storage.listdir(f"attachments/{one}")[1]}


@pytest.fixture
def his(settings: Settings, tmp_path: Path, cast, anna, clara) -> Whole:
    settings.ERASURES = tmp_path / "erasures.ndjson"
    whole = everything(HEINRICH, anna, clara, "Zwetschge", weight="84.6", pressure=(158, 92))
    known.fill(whole, cast)
    return whole


def test_each_table_either_knows_heinrich_or_it_is_said_why_it_does_not(his):
    """A new table must be filled by `known.fill`, or be listed above with its reason."""
    tables = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    filled = rows_of(his.all_ids()).keys()
    assert filled & NOTHING.keys() == set()
    assert tables == filled | NOTHING.keys()
    assert KEPT.keys() <= filled


def test_no_table_and_no_file_holds_anything_of_heinrich_after_his_erasure(
    his, bernd, david, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    hers = everything(WILMA, bernd, david, "Quitte", weight="61.2", pressure=(121, 71))
    ids, several = his.all_ids(), his.ids["several"]
    before, kept, messages = rows_of(ids), rows_of(hers.all_ids()), Message.objects.count()
    hers_alone = {label: keys - before.get(label, set()) for label, keys in kept.items()}
    sealed = list(Document.objects.filter(patient=HEINRICH, deleted=False))
    shut = files()
    assert len(shut) == 2
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(system("erase-subject"), HEINRICH)
    after = rows_of(ids)
    assert after.keys() <= KEPT.keys()
    shared = set(Document.objects.filter(logical_id=several).values_list("pk", flat=True))
    assert after["records.Document"] == shared
    for label, model in ((model._meta.label, model) for model in apps.get_models()):
        if label not in KEPT:
            assert not model._default_manager.filter(pk__in=before.get(label, ())).exists(), label
    assert {bytes(one.wrapped) for one in DataKey.objects.filter(patient=HEINRICH)} == {b""}
    for one in sealed:
        with pytest.raises(vault.Unreadable):
            vault.unseal(one.key, one.type, one.logical_id, one.version, one.body)
    left = rows_of(hers.all_ids())
    assert all(keys <= left.get(label, set()) for label, keys in hers_alone.items() if label != "audit.AuditEvent")
    assert Message.objects.count() == messages - 2
    assert files() < shut
    assert len(files()) == 1


@pytest.fixture
def guardian(bernd, ida) -> Actor:
    """Ida represents Wilma as well, signs in as Heinrich's daughter, and wrote in Wilma's thread."""
    hers = services.add_relative(bernd, WILMA, name=Name("Brandt", "Ida"), relationship="GUARD")
    services.make_representative(
        bernd, hers.logical_id, scope=["administrative", "clinical", "chat"], evidence="Betreuerausweis",
        kind="guardian", holder=f"RelatedPerson/{IDA}",
    )  # fmt: skip
    thread = chat.open_thread(bernd, WILMA)
    known_as = actor_of(User.objects.get(pk=ida.account))
    chat.send(known_as, thread.pk, cid=uuid.uuid4(), text="Ich komme am Montag.")
    return known_as


def test_who_acts_for_another_patient_as_well_goes_on_after_heinrichs_erasure(his, guardian):
    services.erase(system("erase-subject"), HEINRICH)
    assert User.objects.get(pk=guardian.account).is_active
    assert allowed(guardian, Action.READ, patient=WILMA)
    assert not allowed(guardian, Action.READ, patient=HEINRICH)


def test_whoever_wrote_elsewhere_and_acts_for_nobody_any_more_leaves_an_empty_account(his, guardian, bernd):
    [(relative,)] = Document.objects.filter(type="RelatedPerson", patient=WILMA).values_list("logical_id")
    services.end_representation(bernd, relative)
    services.erase(system("erase-subject"), HEINRICH)
    left = User.objects.get(pk=guardian.account)
    assert (left.is_active, left.person, left.has_usable_password()) == (False, "", False)
    assert not Token.objects.filter(user=left).exists()
    assert Message.objects.filter(sender=left, thread__patient=WILMA).exists()
