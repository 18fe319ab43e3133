"""Codes that work once, shown twice: one after the other, and in many processes at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.db import connections

from patients.accounts import services
from patients.accounts.factors import codes
from patients.accounts.models import OneTimeCode, User
from patients.database import write
from patients.errors import Invalid
from tests.patients.accounts.conftest import ADDRESS, PASSWORD, SYSTEM, account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]
AT_ONCE = 4  # as many tries as are free


def at_once(act: Callable[[int], object]) -> list[object]:
    """Do it in several threads together; what each gave, None where it was refused."""
    start, given = threading.Barrier(AT_ONCE), []

    def hurry(number: int) -> None:
        try:
            start.wait()
            given.append(act(number))
        except Invalid:
            given.append(None)
        finally:
            connections.close_all()

    hurried = [threading.Thread(target=hurry, args=(number,)) for number in range(AT_ONCE)]
    for one in hurried:
        one.start()
    for one in hurried:
        one.join()
    return given


def factor_of(user: User) -> str:
    """Set up an app and recovery codes; the secret of the app."""
    secret = codes.new_secret()
    with write():
        codes.keep(user, secret, 0)
        codes.make_recovery_codes(user)
    return secret


def test_a_code_on_paper_sets_one_password(heinrich: User) -> None:
    with write():
        sheet = services.hand_out(SYSTEM, heinrich)
    words = ["Ofen Gurke Fahrrad Nebel", "Pilz Segel Kanne Dorf", "Wolke Hammer Tulpe Ruder", "Nadel Fluss Kamin Gans"]

    def redeem(number: int) -> int:
        services.redeem(sheet.code, f"heini{number}", words[number], address=ADDRESS)
        return number

    first = [one for one in at_once(redeem) if one is not None]
    assert len(first) == 1
    assert User.objects.get(pk=heinrich.pk).check_password(words[int(str(first[0]))])
    assert OneTimeCode.objects.get().used_at is not None


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_of_the_second_factor_lets_in_one_browser(anna: User, kind: str) -> None:
    secret = factor_of(anna)
    shown = totp.format_hotp_value(totp.hotp_value(secret, int(time()) // 30))
    code = shown if kind == "app" else codes.recovery_codes(anna.pk)[0]

    def show(number: int) -> int:
        services.show_code(anna, code, address=f"192.0.2.{number}")
        return number

    assert len([one for one in at_once(show) if one is not None]) == 1


def test_codes_of_anna_are_of_no_use_to_who_knows_bernds_password(anna: User) -> None:
    bernd = account("staff", "bernd", "Practitioner/bernd", "Bernd Kolbe")
    secret = factor_of(anna)
    factor_of(bernd)
    shown = totp.format_hotp_value(totp.hotp_value(secret, int(time()) // 30))
    for code in (shown, *codes.recovery_codes(anna.pk)[:3]):
        with pytest.raises(Invalid):
            services.show_code(bernd, str(code), address=ADDRESS)
    assert len(codes.recovery_codes(anna.pk)) == 10
    services.show_code(anna, codes.recovery_codes(anna.pk)[0], address=ADDRESS)


def test_the_code_of_another_account_on_paper_does_not_name_it(anna: User, heinrich: User) -> None:
    """Who finds Anna's sheet must know her sign-in name; another name with it resets nobody."""
    account("staff", "bernd", "Practitioner/bernd", "Bernd Kolbe")
    with write():
        sheet = services.hand_out(SYSTEM, anna)
    for username in ("bernd", "heinrich.brandt", ""):
        with pytest.raises(Invalid):
            services.redeem(sheet.code, username, "Ofen Gurke Fahrrad Nebel", address=ADDRESS)
    for name in ("anna", "bernd", "heinrich.brandt"):
        assert services.sign_in(name, PASSWORD, address=ADDRESS)
