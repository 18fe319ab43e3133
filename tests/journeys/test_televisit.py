"""The whole story: Anna measures at Heinrich's table and calls Clara in, Heinrich joins by link, one note ends it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from config.demo.measurements import demo_id

pytestmark = pytest.mark.browser

HEINRICH = demo_id("patient", "heinrich")
MARKT = demo_id("organisation", "markt")
MOORLAND = demo_id("organisation", "moorland")
FRAMES = """() => {
  const videos = [...document.querySelectorAll("[data-others] video")];
  return videos.filter((one) => one.videoWidth > 0 && one.currentTime > 0.2).length;
}"""


def sees(page: Page, others: int) -> None:
    """Moving pictures of so many others arrive."""
    page.wait_for_function(f"() => ({FRAMES})() >= {others}")


def measure(page: Page, *numbers: str) -> None:
    """Type the numbers of one kind and save."""
    for place, number in enumerate(numbers):
        page.fill(f"input[name=value{place}]", number)
    page.click("form[data-keypad] button[type=submit]:not([name])")


def test_a_televisit_from_the_first_value_to_the_last_signature(browser_of):
    anna, clara = browser_of("anna"), browser_of("clara")

    # Anna measures: an impossible value is refused, one beyond Clara's limit asks her practice for a review
    anna.go(f"/patients/{HEINRICH}/measure/blood-pressure/")
    measure(anna.page, "1200", "80")
    expect(anna.page.locator("[role=alert]").first).to_contain_text("300")
    measure(anna.page, "158", "92")
    anna.page.wait_for_url(re.compile("/measure/pulse/"))
    clara.go("/")
    expect(clara.page.locator("main")).to_contain_text("158/92")

    # Anna calls Clara in and is first in the practice's waiting room
    anna.go(f"/patients/{HEINRICH}/consultation/")
    anna.page.select_option("select[name=organisation]", MARKT)
    anna.page.fill("textarea[name=reason]", "Knöchel geschwollen")
    anna.page.click("main form button[type=submit]")
    anna.page.wait_for_url(re.compile(r"/consultations/[0-9a-f-]{36}/"))
    consultation = re.search(r"/consultations/([0-9a-f-]{36})/", anna.page.url).group(1)

    clara.go("/consultations/")
    expect(clara.page.locator("main")).to_contain_text("Heinrich Brandt")
    clara.page.click(f"form[action='/consultations/{consultation}/begin/'] button")
    clara.page.wait_for_url(re.compile(f"/consultations/{consultation}/"))
    sees(clara.page, 1)
    sees(anna.page, 1)

    # what Anna measures now, Clara sees at once
    weigh = anna.page.locator("form[action$='/values/entry/weight/']")
    weigh.locator("input[name=value0]").fill("84,6")
    weigh.locator("button").first.click()
    expect(clara.page.locator("[data-fresh=values]")).to_contain_text("84,6")

    # Heinrich joins by link and number, on a phone, without an account
    invite = clara.context.new_page()
    clara.watch(invite)
    invite.goto(f"{clara.url}/consultations/{consultation}/invitations/")
    invite.fill("input[name=name]", "Heinrich Brandt")
    invite.click("main form:has(select[name=kind]) button")
    link = invite.input_value("#link")
    number = re.sub(r"\D", "", invite.inner_text(".tc-pinshow"))
    heinrich = browser_of(phone=True)
    heinrich.page.goto(link)
    heinrich.page.fill("input[name=pin]", number)
    heinrich.page.click("main form:has(input[name=pin]) button")
    heinrich.page.click("[data-press=microphone]")
    heinrich.page.click("[data-press=camera]")
    heinrich.page.click("[data-go=wait]")
    expect(heinrich.page.locator("[data-step=waiting]")).to_be_visible()
    clara.page.click("[data-fresh=waiting] form button")
    sees(heinrich.page, 2)
    sees(clara.page, 2)

    # the line breaks and comes back: the seat is kept
    heinrich.context.set_offline(True)
    heinrich.context.set_offline(False)
    sees(heinrich.page, 2)

    # Clara orders, writes and signs; Anna writes and signs
    clara.page.fill("#order-text", "Täglich wiegen, sieben Tage")
    clara.page.select_option("#order-place", MOORLAND)
    clara.page.click(f"form[action='/consultations/{consultation}/order/'] button")
    expect(clara.page.locator("[data-fresh=note]")).to_contain_text("Täglich wiegen")
    clara.page.fill("#f-findings", "Knöchelödeme beidseits.")
    clara.page.fill("#f-assessment", "Torasemid erhöht.")
    expect(clara.page.locator("[data-saved]")).to_be_visible()
    anna.page.fill("#f-observation", "Wach und orientiert.")
    expect(anna.page.locator("[data-saved]")).to_be_visible()
    clara.page.click(f"form[action='/consultations/{consultation}/end/'] button")
    for somebody in (clara, anna):
        somebody.go(f"/consultations/{consultation}/note/")
        somebody.page.click(f"form[action='/consultations/{consultation}/sign/'] button")
        somebody.page.wait_for_load_state()
    clara.go(f"/consultations/{consultation}/note/")
    clara.page.check("input[name=follow_up] >> nth=0")
    clara.page.click(f"form[action='/consultations/{consultation}/close/'] button")
    clara.go(f"/consultations/{consultation}/note/")
    for words in ("Knöchelödeme beidseits.", "Wach und orientiert.", "Täglich wiegen"):
        expect(clara.page.locator("main")).to_contain_text(words)

    # the order is on Anna's worklist
    anna.go("/tasks/")
    expect(anna.page.locator("main")).to_contain_text("Täglich wiegen, sieben Tage")

    # those who do not care for Heinrich find nothing
    for name in ("bernd", "david"):
        stranger = browser_of(name)
        for path in (
            f"/patients/{HEINRICH}/",
            f"/patients/{HEINRICH}/measurements/",
            f"/consultations/{consultation}/",
            f"/consultations/{consultation}/note/",
            f"/patients/{HEINRICH}/thread/",
        ):
            assert stranger.go(path) == 404, path
            assert "Brandt" not in stranger.page.content()
    assert not anna.faults
    assert not clara.faults
