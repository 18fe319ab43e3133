"""In which browser somebody sits, in words that a person recognises, and from which network, not from which house."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_BROWSERS: Final = (  # the first that fits; most browsers also claim to be others
    (re.compile(r"Edg(e|A|iOS)?/"), "Edge"),
    (re.compile(r"OPR/|Opera"), "Opera"),
    (re.compile(r"SamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"Firefox/|FxiOS/"), "Firefox"),
    (re.compile(r"Chrom(e|ium)/|CriOS/"), "Chrome"),
    (re.compile(r"Version/.*Safari/"), "Safari"),
)
_SYSTEMS: Final = (
    (re.compile(r"iPad"), "iPad"),
    (re.compile(r"iPhone"), "iPhone"),
    (re.compile(r"Android"), "Android"),
    (re.compile(r"Windows"), "Windows"),
    (re.compile(r"Mac OS X|Macintosh"), "macOS"),
    (re.compile(r"CrOS"), "ChromeOS"),
    (re.compile(r"Linux"), "Linux"),
)


def words(agent: str) -> str:
    """ "Firefox, Windows" of a User-Agent header; "" when it names neither."""
    agent = agent[:400]
    found = [next((word for pattern, word in kinds if pattern.search(agent)), "") for kinds in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address; None when it is none. A server that listens on `::` sees those of IPv4 as `::ffff:192.0.2.7`."""
    try:
        known = ipaddress.ip_address(text)
    except ValueError:
        return None
    return known.ipv4_mapped or known if known.version == 6 else known


def network(text: str) -> str:
    """The network of an address: 256 of IPv4 (192.0.2.0/24), the provider's part of IPv6 (/48); "" when it is none."""
    known = address(text)
    if known is None:
        return ""
    return str(ipaddress.ip_network((known, 24 if known.version == 4 else 48), strict=False))
