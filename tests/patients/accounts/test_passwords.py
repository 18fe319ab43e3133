from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from config import env
from patients.accounts import passwords, queries, services
from patients.accounts.models import User
from patients.accounts.services.passwords import hashed
from patients.errors import Invalid
from tests.cast import Cast
from tests.patients.accounts.conftest import ADDRESS, PASSWORD

pytestmark = [pytest.mark.django_db]
GOOD = "Ofen Gurke Fahrrad Nebel"


def refused(user: User, password: str) -> str:
    """Why this cannot be the new password; "" when it is taken."""
    try:
        services.change_password(queries.actor_of(user), PASSWORD, password, address=ADDRESS)
    except Invalid as problem:
        return " ".join(one.text for one in problem.findings)
    return ""


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def test_four_words_are_a_good_password(anna: User) -> None:
    assert refused(anna, GOOD) == ""


@pytest.mark.parametrize(
    "weak", ["Sommer2026", "qwertzuiop12", "111111111111111", "anna2026siemer", "telecaretelecare"]
)
def test_what_guessing_begins_with_is_refused_with_words(anna: User, weak: str) -> None:
    assert "Passwort" in refused(anna, weak)


@pytest.mark.parametrize(
    "weak",
    [
        *("Sommerurlaub2024", "Pflegedienst1", "Kartoffelsuppe77", "Krankenschwester1!", "Apfelkuchen123"),
        *("MeinGarten2026", "sommerwinterherbst", "Frühlingstag2025", "Fruehlingstag2025"),
        *("S0mmerurlaub2024", "Ahrental2026"),
    ],
)  # fmt: skip
def test_german_words_are_known_alone_joined_and_without_umlauts(anna: User, weak: str) -> None:
    assert "leicht zu erraten" in refused(anna, weak)


def test_heinrichs_own_name_and_annas_workplace_are_what_guessers_try(db: None, all_characters: Cast) -> None:
    all_characters.enter()
    accounts = {one.person: one for one in User.objects.exclude(person="")}
    heinrich, anna = (accounts[str(all_characters.actors[name].person)] for name in ("heinrich", "anna"))
    for user, weak in ((heinrich, "BrandtHeinrich41"), (anna, "MoorlandSiemer88")):
        with pytest.raises(Invalid) as problem:
            hashed(weak, user)
        assert "leicht zu erraten" in str([one.text for one in problem.value.findings])
    assert hashed("BrandtHeinrich41", User(kind=User.Kind.PATIENT)), "a stranger's name is no reason"


def test_staff_need_twelve_characters_and_patients_ten(anna: User, heinrich: User) -> None:
    ten = "Ofn9!grkeX"
    assert "mindestens 12 Zeichen" in refused(anna, ten)
    assert "mindestens 10 Zeichen" in refused(heinrich, ten[1:])
    assert refused(heinrich, ten) == ""


def test_the_password_of_the_demo_is_taken_in_the_demo_alone(anna: User, settings: Settings) -> None:
    assert refused(anna, "demo")
    settings.DEMO = True
    assert refused(anna, "omed")
    assert refused(anna, "demo") == ""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("count", ["", ":37"])
@pytest.mark.parametrize("digits", [40, 16])
def test_every_password_of_the_operators_list_is_found_and_no_other(
    tmp_path: Path, end: str, count: str, digits: int
) -> None:
    stolen = [f"password {number}" for number in range(300)]
    lines = sorted(digest(one)[:digits] + count + end for one in stolen)
    file = tmp_path / "stolen.txt"
    file.write_bytes("".join(lines).encode())
    assert all(passwords.stands_in(file, one) for one in stolen)
    assert not any(passwords.stands_in(file, f"other {number}") for number in range(300))
    file.write_bytes("".join(lines).strip().encode())
    assert all(passwords.stands_in(file, one) for one in stolen)


def test_lines_of_different_lengths_and_files_of_few_lines_are_searched_too(tmp_path: Path) -> None:
    drawn = random.Random(7)
    file = tmp_path / "stolen.txt"
    for number in range(6):
        stolen = [f"password {one}" for one in range(number)]
        file.write_text("\n".join(sorted(f"{digest(one)}:{10 ** drawn.randint(0, 7)}" for one in stolen)))
        assert all(passwords.stands_in(file, one) for one in stolen)
        assert not passwords.stands_in(file, "other")


def test_a_password_that_was_stolen_elsewhere_is_refused(anna: User, tmp_path: Path, settings: Settings) -> None:
    settings.BREACHED_PASSWORDS = tmp_path / "stolen.txt"
    settings.BREACHED_PASSWORDS.write_text(f"{digest(GOOD)}:3\n")
    assert "gestohlen" in refused(anna, GOOD)
    assert refused(anna, f"{GOOD} Pilz") == ""


def test_a_list_that_is_not_there_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECARE_BREACHED_PASSWORDS", str(tmp_path / "none.txt"))
    with pytest.raises(ImproperlyConfigured, match=r"none\.txt cannot be read"):
        env.file("TELECARE_BREACHED_PASSWORDS")
