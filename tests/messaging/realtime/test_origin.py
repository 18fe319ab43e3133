"""A browser's origin: scheme, host and port, or it is another site."""

from __future__ import annotations

import pytest

from messaging.realtime.origin import allowed, place

OWN = "http://127.0.0.1:8000"


@pytest.mark.parametrize("origin", [OWN, "https://telecare.example", "https://telecare.example:443"])
def test_our_own_address_and_trusted_ones_may(origin):
    assert allowed(origin, own=OWN, trusted=["https://telecare.example"])


@pytest.mark.parametrize(
    "origin",
    ["null", "", "http://127.0.0.1", "http://127.0.0.1:8001", "https://127.0.0.1:8000", "http://localhost:8000",
     "javascript://127.0.0.1:8000", "http://127.0.0.1:8000@evil.example", "http://evil.example:8000",
     "http://127.0.0.1:8000.evil.example", "http://127.0.0.1:8000/path", "http://127.0.0.1:x", "http://[::1", "file://",
     "127.0.0.1:8000", "//127.0.0.1:8000", "ws://127.0.0.1:8000", "http:127.0.0.1:8000",
     "http://127.0.0.1:8000#x", "http://127.0.0.1:8000 http://evil.example", "http://127.0.0.1:08000x", "http://:8000",
     "http://127.0.0.1.:8000", "http://2130706433:8000", "http://[::ffff:127.0.0.1]:8000", "null, http://127.0.0.1:8000"],
)  # fmt: skip
def test_everything_else_is_another_site(origin):
    assert not allowed(origin, own=OWN, trusted=["https://telecare.example"])


def test_without_an_address_of_our_own_only_trusted_ones_may():
    assert not allowed(OWN, own=None, trusted=[])


def test_a_port_that_is_not_written_is_the_usual_one():
    assert place("https://telecare.example") == place("https://telecare.example:443")
