"""Ida, Heinrich's daughter, writes from her phone; his team reads it at once, and strangers never."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from config.demo.measurements import demo_id

pytestmark = pytest.mark.browser

THREAD = f"/patients/{demo_id('patient', 'heinrich')}/thread/"
WORDS = "Papa hat heute gut geschlafen."


def test_what_ida_writes_on_her_phone_anna_reads_at_once(browser_of):
    ida, anna = browser_of("ida", phone=True), browser_of("anna")
    assert anna.go(THREAD) == 200
    assert ida.go(THREAD) == 200
    ida.page.fill("textarea[name=text]", WORDS)
    ida.page.click("form#write button")
    expect(ida.page.locator("main, #main")).to_contain_text(WORDS)
    expect(anna.page.locator("main, #main")).to_contain_text(WORDS)
    for name in ("bernd", "david"):
        stranger = browser_of(name)
        assert stranger.go(THREAD) == 404
        assert WORDS not in stranger.page.content()
    assert not ida.faults
    assert not anna.faults
