"""Two browsers, a real server between them: the call as people have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.telecare.consultations.live import (
    HEINRICH,
    PHONE,
    SEEN_WITHIN,
    Server,
    accessible,
    begins,
    browser,
    in_a_watched_call,
    invited,
    press,
    serving,
    signed_in,
    somebody,
    waits,
)

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calls")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder / "data") as running:
        yield running


async def test_heinrich_joins_with_link_and_number_and_both_see_each_other(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation, link, pin = await invited(clara, server)
        await heinrich.go(link)
        assert "#" not in heinrich.page.url  # the token is out of the address bar
        await accessible(heinrich.page)
        await heinrich.page.fill("input[name=pin]", "000 000" if pin != "000 000" else "111111")
        await press(heinrich, "Teilnehmen")
        await heinrich.seen("text=Sie haben noch 4 Versuche")
        await accessible(heinrich.page)
        await waits(heinrich, link, pin)
        await accessible(heinrich.page)
        await clara.go(f"{server.url}/consultations/")
        await accessible(clara.page)
        await begins(clara, server, consultation)
        for one in (heinrich, clara):
            await one.seen("figure[data-live=yes]")
            await one.picture_moves()
            await one.seen("[data-code]:not([hidden])")
        codes = [await one.page.inner_text("[data-code] [data-digits]") for one in (heinrich, clara)]
        assert codes[0] == codes[1]
        assert re.fullmatch(r"\d{3} \d{3}", codes[0])
        assert "Dr. Clara Voss" in await heinrich.page.inner_text("[data-names]")
        await accessible(clara.page)
        await accessible(heinrich.page)

        # words beside the picture
        await heinrich.page.click("[data-toggle-text]")
        await heinrich.page.fill("#say", "Ich höre Sie gut")
        await heinrich.page.press("#say", "Enter")
        await clara.seen("[data-unread]:not([hidden])")
        await clara.page.click("[data-toggle-text]")
        await clara.seen("text=Ich höre Sie gut")
        await heinrich.page.click("[data-text] [data-close]")

        # the camera goes off and on; the other side sees initials, then the picture again
        await heinrich.page.click("[data-toggle=camera]")
        await clara.seen("[data-initials]:not([hidden])")
        await heinrich.page.click("[data-toggle=camera]")
        await clara.page.wait_for_selector("[data-initials][hidden]", state="attached")
        await clara.picture_moves()

        # a reload keeps the admission and what was switched off
        await heinrich.page.click("[data-toggle=microphone]")
        await heinrich.page.reload()
        await heinrich.seen("figure[data-live=yes]")
        await clara.seen("[data-muted]:not([hidden])")
        assert await heinrich.page.get_attribute("[data-toggle=microphone]", "aria-pressed") == "false"

        await clara.page.click(".tc-ctl--end")
        await clara.page.wait_for_url("**/note/")
        await heinrich.seen("[data-step=over]:not([hidden])")
        await accessible(heinrich.page)


async def test_the_seat_outlives_the_line_and_the_picture_goes_on(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation, link, pin = await invited(clara, server)
        await waits(heinrich, link, pin)
        await begins(clara, server, consultation)
        await heinrich.picture_moves()
        lines = heinrich.line.connected
        await heinrich.line.cut()
        await heinrich.seen("[data-line]:not([hidden])")
        await clara.picture_moves()  # media need no server
        heinrich.line.give_back()
        await heinrich.page.wait_for_selector("[data-line][hidden]", state="attached")
        assert heinrich.line.connected > lines
        await heinrich.picture_moves()
        await clara.picture_moves()
        assert await clara.page.locator("[data-others] figure").count() == 1


async def test_who_is_taken_out_of_the_call_is_seen_and_heard_no_more(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation = await in_a_watched_call(clara, heinrich, server)
        for one in (clara, heinrich):
            assert len(await one.ways()) == 1
        other = await clara.context.new_page()
        await other.goto(f"{server.url}/consultations/{consultation}/invitations/")
        await other.locator("form[action*='/cancel/'] button").first.click()
        await heinrich.seen("[data-because=withdrawn]")
        await clara.page.wait_for_selector("[data-others] figure", state="detached")
        for one in (clara, heinrich):
            assert await one.ways() == []
        assert await heinrich.page.locator("video:visible").count() == 0


async def test_the_picture_of_who_left_goes_even_when_the_word_of_it_is_lost(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation, link, pin = await invited(clara, server)
        await waits(heinrich, link, pin)
        await begins(clara, server, consultation)
        await clara.picture_moves()
        clara.line.lost = "room.left"
        await heinrich.page.click("[data-go=hang-up]")
        await heinrich.seen("[data-step=over]:not([hidden])")
        await clara.page.wait_for_selector("[data-others] figure", state="detached")


async def late(route: Route) -> None:
    """The line takes its time, while people press the next button."""
    await route.request.frame.page.wait_for_timeout(1500)
    await route.continue_()


async def test_anna_calls_in_from_the_kitchen_and_it_ends_in_one_note_and_tasks(browser, server):
    async with signed_in(browser, server, "anna", **PHONE) as anna, signed_in(browser, server, "clara") as clara:
        await anna.go(f"{server.url}/patients/{HEINRICH}/consultation/")
        await accessible(anna.page)
        await anna.page.fill("textarea[name=reason]", "Blutdruck 158/92, Knöchel geschwollen")
        await press(anna, "Dazuholen")
        await anna.page.wait_for_url("**/consultations/*/")
        consultation = anna.page.url.split("/")[-2]
        await begins(clara, server, consultation)
        for one in (anna, clara):
            await one.seen("figure[data-live=yes]")
            await one.picture_moves()

        # a value that Anna enters is at Clara's side at once; one that cannot be is refused
        pulse = anna.page.locator("form[data-entry][action*='/pulse/']")
        await pulse.locator("input[inputmode=decimal]").fill("78")
        await pulse.locator("button").first.click()
        await clara.seen("[data-fresh=values] .tc-val:has-text('78')")
        pressure = anna.page.locator("form[data-entry][action*='/blood-pressure/']")
        await pressure.locator("input[inputmode=decimal]").first.fill("1200")
        await pressure.locator("input[inputmode=decimal]").last.fill("80")
        await pressure.locator("button").first.click()
        await anna.seen("form[data-entry][action*='/blood-pressure/'] [role=alert]")

        # both write; the order is a task at once, and is read back
        await clara.page.fill("[name=findings]", "Knöchelödeme beidseits")
        await anna.page.fill("[name=observation]", "Schläft mit erhöhtem Kopf")
        await clara.page.fill("#order-text", "Torasemid auf 20 mg stellen")
        await press(clara, "Anordnen")
        await anna.page.locator("form[action*='read-back'] button").click()
        await clara.seen("text=/Vorgelesen und bestätigt: Anna Siemer/")
        assert await clara.page.input_value("#order-text") == ""
        await clara.seen("text=Schläft mit erhöhtem Kopf")
        await clara.seen("[data-saved]:not([hidden])")
        await accessible(clara.page)
        await accessible(anna.page)

        await clara.page.click(".tc-ctl--end")
        await clara.page.wait_for_url("**/note/")
        await anna.page.wait_for_url("**/note/")
        await accessible(clara.page)
        await accessible(anna.page)
        await press(anna, "Bericht unterschreiben")
        await anna.seen("text=Ihr Teil ist unterschrieben")
        await clara.page.route("**/draft/", late)
        await clara.page.fill("[name=assessment]", "Stauung")
        await press(clara, "Bericht unterschreiben")  # waits until the last words are saved
        await clara.seen("text=Ihr Teil ist unterschrieben")
        await clara.page.check("input[value=none]")
        await press(clara, "Gespräch abschließen")
        await clara.seen("text=Abgeschlossen und unterschrieben")
        for words in ("Knöchelödeme beidseits", "Stauung", "Schläft mit erhöhtem Kopf", "Torasemid auf 20 mg", "78"):
            assert words in await clara.page.inner_text("article"), words
        await anna.go(f"{server.url}/tasks/")
        await anna.seen("text=Torasemid auf 20 mg stellen")


async def test_by_telephone_it_is_the_same_page_without_a_picture(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation, link, pin = await invited(clara, server)
        await waits(heinrich, link, pin)
        await begins(clara, server, consultation)
        await heinrich.seen("figure[data-live=yes]")
        await press(clara, "Telefon")
        await clara.page.locator("dialog button", has_text="Am Telefon weiter").click()
        await clara.seen("a[href='tel:044992206']")
        assert await clara.page.locator("[data-stage]").count() == 0
        assert await clara.page.locator("[data-fresh=values]").count() == 1
        await clara.page.fill("[name=findings]", "Am Telefon geklärt")
        await clara.seen("[data-saved]:not([hidden])")
        await accessible(clara.page)
        await heinrich.seen("text=Sie werden angerufen")
        await accessible(heinrich.page)
        await press(clara, "Gespräch beenden")
        await clara.page.wait_for_url("**/note/")
        assert "Telefon" in await clara.page.inner_text("article dl")


async def test_who_refuses_the_camera_is_heard_and_who_refuses_both_writes(browser, server):
    refusing = await browser.new_context(**PHONE)  # no permission is given, and no dialog answers
    refusing.set_default_timeout(SEEN_WITHIN * 1000)
    await refusing.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page = await refusing.new_page()
    async with signed_in(browser, server, "clara") as clara:
        consultation, link, pin = await invited(clara, server)
        await page.goto(link)
        await page.fill("input[name=pin]", pin)
        await page.get_by_role("button", name="Teilnehmen").click()
        await page.wait_for_url("**/check/")
        await page.click("[data-press=microphone]")
        await page.wait_for_selector("text=Nicht erlaubt")
        await page.click("[data-go=wait] >> visible=true")
        await page.wait_for_selector("[data-ready=text]:not([hidden])")
        await clara.go(f"{server.url}/consultations/")
        await clara.seen("text=Schreibt nur")
        await begins(clara, server, consultation)
        await page.wait_for_selector("figure[data-live=yes]")  # sees the doctor all the same
        await page.click("[data-toggle-text]")
        await page.fill("#say", "Ich kann nur schreiben")
        await page.press("#say", "Enter")
        await clara.seen("[data-unread]:not([hidden])")
    await refusing.close()


async def test_please_call_me_reaches_the_practice(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        _consultation, link, pin = await invited(clara, server)
        await heinrich.go(link)
        await heinrich.page.fill("input[name=pin]", pin)
        await press(heinrich, "Teilnehmen")
        await heinrich.page.wait_for_url("**/check/")
        await clara.go(f"{server.url}/consultations/")
        await heinrich.page.click("[data-go=call-me] >> visible=true")
        await heinrich.seen("[data-called]:not([hidden])")
        await clara.seen("text=Bittet um Anruf")  # without a reload


async def test_heinrich_says_no_in_the_call_and_both_are_out_and_clara_reads_why(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation = await in_a_watched_call(clara, heinrich, server)
        await accessible(heinrich.page)
        await press(heinrich, "Nein, dieses Gespräch nicht")
        await heinrich.seen("h1:has-text('Kein Videogespräch')")
        await heinrich.seen("text=Ihr Nein ist notiert")
        await accessible(heinrich.page)
        await clara.page.wait_for_url("**/note/")
        await clara.seen("text=möchte kein Video")
        await accessible(clara.page)
        await clara.go(f"{server.url}/consultations/{consultation}/")
        await clara.seen("text=möchte kein Video")
        await press(heinrich, "Bitte rufen Sie mich an")
        await heinrich.seen("text=Die Praxis ruft Sie am Telefon an")
        await clara.seen("text=Bittet um Anruf")


async def test_heinrich_says_no_while_he_waits_and_sits_there_no_more(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation, link, pin = await invited(clara, server)
        await waits(heinrich, link, pin)
        await press(heinrich, "Nein, dieses Gespräch nicht")
        await heinrich.seen("h1:has-text('Kein Videogespräch')")
        await clara.go(f"{server.url}/consultations/{consultation}/")
        await clara.seen("text=möchte kein Video")
        assert await clara.page.get_by_role("button", name="Hereinlassen").count() == 0


async def test_the_first_visit_of_a_guest_is_light(browser, server):
    async with signed_in(browser, server, "clara") as clara:
        _consultation, link, pin = await invited(clara, server)
    context = await browser.new_context(**PHONE, permissions=["camera", "microphone"])
    context.set_default_timeout(SEEN_WITHIN * 1000)
    page = await context.new_page()
    client = await context.new_cdp_session(page)
    await client.send("Network.enable")
    weights: list[float] = []
    client.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    await page.goto(link, wait_until="networkidle")
    await page.fill("input[name=pin]", pin)
    await page.get_by_role("button", name="Teilnehmen").click()
    await page.wait_for_url("**/check/")
    await page.wait_for_load_state("networkidle")
    await context.close()
    assert sum(weights) <= 120_000, f"{sum(weights):.0f} bytes over the wire"
