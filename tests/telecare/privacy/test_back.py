"""A page that was left and is gone back to shows what its reader may see now, not what it showed then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, sync_playwright

from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.network import services
from tests.cast import HEINRICH, ident
from tests.chromium import CHROMIUM, MEDIA
from tests.messaging.conftest import Live, Person, live, signed_in

__all__ = ["live"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def clara(live: Live, cast: dict[str, Actor]) -> Iterator[Page]:
    """Clara's browser, which keeps pages that were left, as everybody's does: those of other tests do not."""
    user = User.objects.get(pk=cast["clara"].account)
    key = signed_in(Person(user, cast["clara"], ""))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=MEDIA, ignore_default_args=["--disable-back-forward-cache"]
        )
        context = browser.new_context(locale="de-DE")
        context.set_default_timeout(60_000)  # ms: others use the processors too
        url = f"http://{live.address}"
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])
        yield context.new_page()
        browser.close()


def meanwhile(act: Callable[[], Any]) -> None:
    """Somebody else does something; the browser's loop has this thread."""
    other = threading.Thread(target=act)
    other.start()
    other.join()


def sign_out(cast: dict[str, Actor]) -> None:
    accounts.sign_out_everywhere(cast["clara"])


def end_link(cast: dict[str, Actor]) -> None:
    services.end_link(cast["anna"], HEINRICH, organisation=ident("markt"))


@pytest.mark.parametrize(("act", "shown"), [(sign_out, "Anmelden"), (end_link, "Hier geht es nicht weiter")])
def test_back_to_heinrich_after_the_right_has_ended_shows_nothing_of_him(
    live: Live, cast: dict[str, Actor], clara: Page, act: Callable[[dict[str, Actor]], None], shown: str
) -> None:
    clara.goto(f"http://{live.address}/patients/{HEINRICH}/")
    assert "Brandt" in clara.inner_text("body")
    clara.goto(f"http://{live.address}/healthz")
    meanwhile(lambda: act(cast))
    clara.go_back()
    clara.wait_for_selector(f"h1:has-text('{shown}')")
    assert "Brandt" not in clara.content()
