"""Somebody ends all sign-ins, or changes the password, while another is on the way in with what was good before."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from pytest_django import Settings

from patients.accounts import services
from patients.accounts.models import SharedDevice, User
from patients.accounts.queries import actor_of
from patients.database import write
from patients.errors import Invalid
from tests.meanwhile import Other
from tests.patients.accounts.conftest import ADDRESS, PASSWORD, SYSTEM, Fast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]
NEW, OTHER, PIN = "Ofen Gurke Fahrrad Nebel", "Pilz Segel Kanne Dorf", "482913"


def test_of_two_who_change_a_password_the_second_does_not_with_the_old_one(anna: User) -> None:
    actor = actor_of(anna)
    with write():
        services.change_password(actor, PASSWORD, NEW, address=ADDRESS)
        other = Other(lambda: services.change_password(actor, PASSWORD, OTHER, address="192.0.2.8"))
        other.comes()
    with pytest.raises(Invalid):
        other.ends()
    assert User.objects.get(pk=anna.pk).check_password(NEW)


class Slow(Fast):
    """Compares when it is told to, as a real one takes its time."""

    asked, go = Event(), Event()

    def verify(self, password: str, encoded: str) -> bool:
        self.asked.set()
        return self.go.wait(60) and super().verify(password, encoded)


END: dict[str, Callable[[User], object]] = {
    "signed out everywhere": lambda user: services.sign_out_everywhere(actor_of(user)),
    "another PIN": lambda user: services.set_pin(actor_of(user), "593024"),
    "no PIN": lambda user: services.remove_pin(actor_of(user)),
    "switched off": lambda user: services.deactivate(SYSTEM, user.pk),
}


@pytest.mark.parametrize("end", END)
def test_a_pin_lets_nobody_in_that_is_ended_while_it_is_compared(anna: User, settings: Settings, end: str) -> None:
    tablet = SharedDevice.Kind.TABLET
    device = SharedDevice.objects.create(
        digest=b"tablet", organisation="moorland", kind=tablet, name="Tour 1", made_at=anna.created_at
    )
    services.set_pin(actor_of(anna), PIN)
    services.begin_turn(device, anna, factor=False)
    settings.PASSWORD_HASHERS = [f"{__name__}.Slow"]
    Slow.asked.clear()
    Slow.go.clear()
    other = Other(lambda: services.come_back(device, anna.pk, PIN, address=ADDRESS))
    assert Slow.asked.wait(60)
    END[end](anna)
    Slow.go.set()
    with pytest.raises(Invalid):
        other.ends()
