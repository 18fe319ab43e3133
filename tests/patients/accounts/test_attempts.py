from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from patients.accounts import attempts, services
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.models import Attempt, User
from patients.errors import Invalid
from tests.patients.accounts.conftest import ADDRESS, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ELSEWHERE = "198.51.100.{}"


@pytest.fixture(autouse=True)
def time_passes_only_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `later`: how long the tries themselves take changes no wait."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


def fail(times: int, name: str = "anna", address: str = ADDRESS) -> None:
    """Try with a wrong password, as soon as one may."""
    for _ in range(times):
        try:
            services.sign_in(name, "falsch", address=address)
        except TooManyAttempts as refused:
            later(seconds=refused.seconds)
            with pytest.raises(Invalid):
                services.sign_in(name, "falsch", address=address)
        except Invalid:
            pass


def later(**span: float) -> None:
    """Let time pass, by moving what was counted into the past."""
    for row in Attempt.objects.all():
        row.last_at -= timedelta(**span)
        row.save()


def wait(name: str = "anna", address: str = ADDRESS) -> int:
    """The seconds that one has to wait now; 0 when a try is open (which it then is counted as)."""
    try:
        attempts.begin(name, address)
    except TooManyAttempts as refused:
        return refused.seconds
    return 0


def test_a_few_slips_cost_nothing(anna: User) -> None:
    for _ in range(4):
        with pytest.raises(Invalid):
            services.sign_in("anna", "falsch", address=ADDRESS)
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_then_each_failure_doubles_the_wait_up_to_five_minutes(anna: User) -> None:
    fail(5)
    waits = []
    for _ in range(12):
        waits.append(wait())
        later(seconds=waits[-1])
        assert wait() == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_while_waiting_not_even_the_right_password_is_looked_at(anna: User) -> None:
    fail(8)
    with pytest.raises(TooManyAttempts) as refused:
        services.sign_in("anna", PASSWORD, address=ADDRESS)
    assert 1 <= refused.value.seconds <= 16
    assert str(refused.value.seconds) in refused.value.text
    later(seconds=16)
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_hammering_while_waiting_does_not_make_the_wait_longer(anna: User) -> None:
    fail(8)
    before = wait()
    assert before > 0
    for _ in range(50):
        wait()
    assert 0 < wait() <= before


def test_a_success_forgets_the_failures(anna: User) -> None:
    fail(4)
    services.sign_in("anna", PASSWORD, address=ADDRESS)
    fail(4)
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_a_quarter_of_an_hour_forgets_them_too(anna: User) -> None:
    fail(8)
    later(minutes=16)
    fail(3)
    assert wait() == 0


def test_a_stranger_elsewhere_does_not_lock_anna_out_where_she_has_signed_in_before(anna: User) -> None:
    services.sign_in("anna", PASSWORD, address=ADDRESS)
    for n in range(40):
        wait("anna", ELSEWHERE.format(n))
    assert wait("anna", ELSEWHERE.format(99)) > 0
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_and_makes_her_wait_half_a_minute_at_most_where_she_is_new(anna: User) -> None:
    for n in range(60):
        later(seconds=31)
        wait("anna", ELSEWHERE.format(n))
    assert 0 < wait("anna", ADDRESS) <= attempts.NAME.longest == 30
    later(seconds=30)
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_a_line_from_which_many_names_are_tried_is_slowed_down(anna: User) -> None:
    for n in range(61):
        wait(f"name{n}")
    assert 0 < wait("another") <= attempts.ADDRESS.longest


def test_but_who_has_signed_in_on_it_before_is_not(anna: User) -> None:
    services.sign_in("anna", PASSWORD, address=ADDRESS)
    for n in range(80):
        wait(f"name{n}")
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_names_that_nobody_has_are_slowed_down_alike(anna: User) -> None:
    fail(5, "zeno")
    assert wait("zeno") > 0
    fail(5, "anna", "192.0.2.8")
    assert wait("zeno") == wait("anna", "192.0.2.8")


def test_a_name_written_in_another_way_is_the_same_name(anna: User) -> None:
    fail(5)
    assert wait(" ANNA ") > 0


def test_a_home_with_many_addresses_counts_as_one(anna: User) -> None:
    for n in range(5):
        assert wait("anna", f"2001:db8:1:2::{n}") == 0
    assert wait("anna", "2001:db8:1:2:ffff::1") > 0
    assert wait("anna", "2001:db8:1:3::1") == 0


def test_an_address_that_is_none_still_counts(anna: User) -> None:
    fail(5, address="")
    assert wait("anna", "nonsense") > 0


def test_neither_names_nor_addresses_are_stored(heinrich: User) -> None:
    fail(2, "heinrich.brandt")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_attempt")
        dump = repr(cursor.fetchall())
    assert "heinrich" not in dump
    assert "192.0.2" not in dump


def test_old_counts_go(anna: User) -> None:
    fail(2, "zeno")
    later(minutes=16)
    services.sign_in("anna", PASSWORD, address=ADDRESS)
    assert Attempt.objects.count() == 3
    Attempt.objects.filter(known_until__isnull=False).update(known_until=timezone.now() - timedelta(days=1))
    later(minutes=16)
    services.sign_in("anna", PASSWORD, address="192.0.2.9")
    assert Attempt.objects.count() == 3


def test_tries_at_the_same_moment_gain_nothing(anna: User) -> None:
    """Each is counted before its password is looked at: the sixth is refused even while the others are being hashed."""
    for _ in range(5):
        attempts.begin("anna", ADDRESS)
    with pytest.raises(TooManyAttempts):
        attempts.begin("anna", ADDRESS)
