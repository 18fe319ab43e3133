from __future__ import annotations

import pytest

from patients.accounts import devices

SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (SAFARI, "Safari, macOS"),
        (CHROME, "Chrome, Android"),
        (EDGE, "Edge, Windows"),
        ("curl/8.0", ""),
        ("", ""),
        ("x" * 100_000 + "Firefox/1", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_would(agent: str, words: str) -> None:
    assert devices.words(agent) == words


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:77:1::5", "2001:db8:77::/48"), ("", ""), ("nonsense", "")],
)
def test_of_an_address_only_the_network_is_kept(address: str, network: str) -> None:
    assert devices.network(address) == network
