"""KVNR, IK, LANR and BSNR: what is right is taken, what is wrong is refused with words, and none is asked for."""

from __future__ import annotations

from datetime import date

import pytest

from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Invalid
from patients.network import documents, identifiers, services
from patients.network.identifiers import BSNR, CHECKS, IK, KVNR, LANR
from patients.network.resources import Name
from tests.cast import HEINRICH

RIGHT = {
    KVNR: ("A123456780", "X110411941", "X110411675"),
    IK: ("109519005", "108310400", "260326822"),
    LANR: ("123456601", "999999901", "555555123"),
    BSNR: ("179999900", "721111100"),
}
FORMS = {
    KVNR: ("a123456780", "1234567890", "A12345678", "A1234567801", "A12345678٠", ""),
    IK: ("10951900", "1095190055", "10951900x", "10951900٥"),
    LANR: ("000000000", "12345660", "123456601 "),
    BSNR: ("001111100", "17999990", "17999990O"),
}


@pytest.mark.parametrize(("system", "value"), [(system, one) for system, all_ in RIGHT.items() for one in all_])
def test_a_right_number_is_taken(system: str, value: str):
    assert CHECKS[system](value)


@pytest.mark.parametrize(("system", "value"), [(system, one) for system, all_ in FORMS.items() for one in all_])
def test_what_is_no_such_number_is_refused(system: str, value: str):
    assert not CHECKS[system](value)


@pytest.mark.parametrize(
    ("system", "value", "place"), [(KVNR, "A123456780", 9), (IK, "109519005", 8), (LANR, "123456601", 6)]
)
def test_of_ten_check_digits_one_is_right(system: str, value: str, place: int):
    all_ten = [f"{value[:place]}{digit}{value[place + 1 :]}" for digit in range(10)]
    assert [one for one in all_ten if CHECKS[system](one)] == [value]


def test_a_slip_of_the_pen_is_refused_at_admission_and_names_the_place(anna: Actor):
    with pytest.raises(Invalid, match="Versichertennummer") as caught:
        services.admit_patient(anna, name=Name("Hinrichs", "Erna"), birth_date=date(1938, 1, 2), kvnr="X110051938")
    assert caught.value.findings[0].where == "Patient.identifier[0].value"


def test_nobody_needs_a_number(anna: Actor):
    taken_on = services.admit_patient(anna, name=Name("Hinrichs", "Erna"), birth_date=date(1938, 1, 2))
    assert "identifier" not in taken_on.content


def test_a_wrong_number_that_stands_already_does_not_hinder_other_changes(anna: Actor):
    wrong = {"identifier": [{"system": KVNR, "value": "X110411942"}]}
    identifiers.check({"resourceType": "Patient", **wrong}, wrong)
    with pytest.raises(Invalid):
        identifiers.check({"resourceType": "Patient", **wrong}, {})


def test_a_changed_number_is_checked_as_well(anna: Actor):
    before = repository(anna).read("Patient", HEINRICH)
    wrong = identifiers.with_numbers(before.content, {KVNR: "X110411942"})
    with pytest.raises(Invalid):
        documents.write(anna, wrong, if_match=before.version)


def test_a_doctors_number_is_checked_where_clients_write_it(clara: Actor):
    before = repository(clara).read("Practitioner", str(clara.person).removeprefix("Practitioner/"))
    with pytest.raises(Invalid, match="LANR"):
        documents.write(clara, identifiers.with_numbers(before.content, {LANR: "123456701"}))
    after = documents.write(clara, identifiers.with_numbers(before.content, {LANR: "123456601"}))
    assert identifiers.of(after.content, LANR) == "123456601"


def test_taking_a_number_out_leaves_the_others():
    both = identifiers.with_numbers({"resourceType": "Organization"}, {IK: "109519005", BSNR: "179999900"})
    assert identifiers.with_numbers(both, {IK: ""})["identifier"] == [{"system": BSNR, "value": "179999900"}]
    assert "identifier" not in identifiers.with_numbers(both, {IK: "", BSNR: ""})
