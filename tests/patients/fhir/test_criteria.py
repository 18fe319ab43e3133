"""Conditional writes of several at the same moment make one document."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from patients.errors import Conflict
from patients.fhir import criteria
from patients.records.models import Document
from tests.patients.fhir.conftest import Person
from tests.running import ROOT

ROUNDS = 25


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_create_the_same_make_one(clara: Person, heinrich: str) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.patients.fhir.writer", str(connection.settings_dict["NAME"]), clara.token,
             heinrich, str(ROUNDS)],
            cwd=ROOT, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    try:
        for one in writers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in writers:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        answers = [json.loads(one.communicate(timeout=120)[0]) for one in writers]
    finally:
        for one in writers:
            one.kill()
            one.wait()
    assert [sorted(pair) for pair in zip(*answers, strict=True)] == [[200, 201]] * ROUNDS
    assert Document.objects.filter(type="Observation").count() == ROUNDS


def test_who_always_comes_second_is_told_so() -> None:
    tried = []

    def attempt() -> None:
        tried.append(1)
        raise criteria.Moved

    with pytest.raises(Conflict):
        criteria.settled(attempt)
    assert len(tried) == criteria.TRIES


def test_the_same_criteria_in_another_order_are_the_same() -> None:
    one = criteria.in_text("Patient", "identifier=a|1&name=erna", where="")
    assert one.name == criteria.in_text("Patient", "Patient?name=erna&identifier=a|1", where="").name
    assert one.name != criteria.in_text("Patient", "identifier=a|2&name=erna", where="").name
