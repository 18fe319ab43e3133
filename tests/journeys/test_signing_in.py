"""Clara signs in with a passkey of a (virtual) device, with an app, and sees in which browsers she is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from time import time
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.journeys.conftest import DESK, PATIENCE, PHONE, Person
from tests.running import Running, server

pytestmark = pytest.mark.browser
OpenHere = Callable[..., Person]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A district that demands a second factor by role."""
    data = tmp_path_factory.mktemp("strict") / "data"
    with server(data, TELECARE_DEMO="1", TELECARE_SECOND_FACTOR="roles") as running:
        yield running


@pytest.fixture
def here(chromium: Browser, strict: Running) -> Iterator[OpenHere]:
    """Browsers at http://localhost, where passkeys work without TLS."""
    contexts = []

    def open_(*, phone: bool = False) -> Person:
        contexts.append(chromium.new_context(viewport=PHONE if phone else DESK, locale="de-DE"))
        return Person(contexts[-1], strict.url.replace("127.0.0.1", "localhost"))

    yield open_
    for context in contexts:
        context.close()


def password_of(person: Person, name: str) -> Person:
    """Name and password; what is asked next is the test's."""
    person.go("/sign-in/")
    person.page.fill("input[name=username]", name)
    person.page.fill("input[name=password]", "demo")
    person.page.press("input[name=password]", "Enter")
    return person


def device(person: Person) -> tuple[Any, str]:
    """A device in this browser that keeps passkeys and finds its owner's finger right."""
    line = person.context.new_cdp_session(person.page)
    line.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    made = line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return line, made["authenticatorId"]


def sound(person: Person) -> None:
    """Nothing for axe to find, at the desk and on a telephone; nothing scrolls sideways."""
    for size in (DESK, PHONE):
        person.page.set_viewport_size(size)
        found = Axe().run(person.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
        assert not person.page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_clara_is_led_to_a_passkey_and_signs_in_with_it_alone(here: OpenHere) -> None:
    clara = password_of(here(), "clara")
    clara.page.wait_for_url("**/account/second-factor/")
    sound(clara)
    assert clara.page.get_by_text("Ihre Funktion braucht einen zweiten Faktor").count() == 1
    clara.go("/patients/")
    assert clara.page.url.endswith("/account/second-factor/")
    line, keeper = device(clara)
    clara.page.click("a[href$='second-factor/passkey/']")
    clara.page.wait_for_url("**/passkey/")
    sound(clara)
    clara.page.fill("input[name=name]", "Praxisrechner")
    clara.page.get_by_role("button", name="Einrichten").click()
    clara.page.wait_for_url("**/recovery/")
    sound(clara)
    assert len(set(re.findall(r"\d{4} \d{4}", clara.page.inner_text("main")))) == 10
    assert len(line.send("WebAuthn.getCredentials", {"authenticatorId": keeper})["credentials"]) == 1
    assert clara.go("/patients/") == 200
    clara.go("/account/second-factor/")
    assert "Praxisrechner" in clara.page.inner_text("main")
    sound(clara)
    clara.context.clear_cookies()
    clara.go("/sign-in/?next=/account/sign-ins/")
    clara.page.get_by_role("button", name="Mit Passkey anmelden").click()
    clara.page.wait_for_url(f"{clara.url}/account/sign-ins/")
    assert "Mit zweitem Faktor" in clara.page.inner_text("main")
    sound(clara)
    line.send("WebAuthn.setUserVerified", {"authenticatorId": keeper, "isUserVerified": False})
    clara.context.clear_cookies()
    clara.go("/sign-in/")
    clara.page.get_by_role("button", name="Mit Passkey anmelden").click()
    clara.page.get_by_text("Das hat nicht geklappt").wait_for()
    assert not clara.faults


def test_anna_sets_up_an_app_and_ends_the_sign_in_on_her_telephone(here: OpenHere) -> None:
    desk = password_of(here(), "anna")
    desk.page.click("a[href$='second-factor/app/']")
    secret = desk.page.locator("code").inner_text()
    assert desk.page.locator("svg.tc-qr").bounding_box()["width"] > 150  # type: ignore[index]
    sound(desk)
    desk.page.fill("input[name=code]", code(secret, -1))
    desk.page.press("input[name=code]", "Enter")
    desk.page.wait_for_url("**/recovery/")
    phone = password_of(here(phone=True), "anna")
    phone.page.wait_for_url("**/sign-in/code/**")
    sound(phone)
    phone.page.fill("input[name=code]", code(secret))
    phone.page.press("input[name=code]", "Enter")
    phone.page.wait_for_url(f"{phone.url}/")
    phone.page.locator("[data-connection] [data-state=open]").wait_for(state="visible")
    desk.page.set_viewport_size(DESK)
    desk.go("/account/sign-ins/")
    desk.page.click("button[value=end]")
    desk.page.get_by_text("Dort sind Sie nun abgemeldet.").wait_for()
    phone.page.locator("[data-connection] [data-state=signed-out]").wait_for(state="visible", timeout=PATIENCE)
    phone.go("/")
    assert "/sign-in/" in phone.page.url
    for page in ("/account/", "/account/password/", "/account/sign-ins/"):
        desk.go(page)
        sound(desk)


def test_jens_shares_a_tablet_comes_back_with_a_pin_and_it_locks_by_itself(here: OpenHere) -> None:
    jens = here()
    jens.page.clock.install()
    password_of(jens, "jens")
    jens.page.click("a[href$='second-factor/app/']")
    secret = jens.page.locator("code").inner_text()
    jens.page.fill("input[name=code]", code(secret, -1))
    jens.page.press("input[name=code]", "Enter")
    jens.page.wait_for_url("**/recovery/")
    jens.go("/account/pin/")
    sound(jens)
    jens.page.fill("input[name=pin]", "482915")
    jens.page.press("input[name=pin]", "Enter")
    jens.page.wait_for_url(f"{jens.url}/account/")
    jens.go("/devices/")
    sound(jens)
    jens.page.fill("input[name=name]", "Tablet, Tour 3")
    jens.page.click("button[value=mark]")
    jens.page.get_by_text("Dieses Gerät ist ab jetzt geteilt").wait_for()
    jens.context.clear_cookies(name="telecare")
    password_of(jens, "jens")
    jens.page.wait_for_url("**/sign-in/code/**")
    jens.page.fill("input[name=code]", code(secret))
    jens.page.press("input[name=code]", "Enter")
    jens.page.wait_for_url(f"{jens.url}/")
    jens.page.clock.fast_forward("04:00")
    jens.page.mouse.click(400, 300)
    jens.page.clock.fast_forward("04:00")
    assert jens.page.url == f"{jens.url}/"
    jens.page.clock.fast_forward("02:00")
    jens.page.wait_for_url("**/sign-in/")
    sound(jens)
    jens.page.set_viewport_size(DESK)
    jens.page.get_by_label("Jens Okken").check()
    jens.page.fill("#pin", "482915")
    jens.page.press("#pin", "Enter")
    jens.page.wait_for_url(f"{jens.url}/")


def test_the_administrator_prints_a_code_with_which_karl_sets_a_password(here: OpenHere) -> None:
    uwe, karl = password_of(here(), "admin"), here(phone=True)
    uwe.page.click("a[href$='second-factor/app/']")
    secret = uwe.page.locator("code").inner_text()
    uwe.page.fill("input[name=code]", code(secret, -1))
    uwe.page.press("input[name=code]", "Enter")
    uwe.page.wait_for_url("**/recovery/")
    for page in ("/sign-ins/new/", "/sign-ins/"):
        uwe.go(page)
        sound(uwe)
    uwe.page.locator("li", has_text="Karl Ostendorf").locator("button[value=code]").click()
    uwe.page.get_by_text("Ihr Anmeldename ist karl").wait_for()
    sound(uwe)
    printed = uwe.page.locator("code").inner_text()
    karl.go("/sign-in/first/")
    sound(karl)
    for name, text in (("code", printed), ("username", "karl"), ("password", "Ofen Gurke Fahrrad Nebel")):
        karl.page.fill(f"input[name={name}]", text)
    karl.page.press("input[name=password]", "Enter")
    karl.page.get_by_text("Ihr Passwort ist gesetzt").wait_for()
    karl.page.fill("input[name=username]", "karl")
    karl.page.fill("input[name=password]", "Ofen Gurke Fahrrad Nebel")
    karl.page.press("input[name=password]", "Enter")
    karl.page.wait_for_url(f"{karl.url}/")


def code(secret: str, half_minutes: int = 0) -> str:
    """What the app shows."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time()) // 30 + half_minutes)))
