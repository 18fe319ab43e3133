"""What attackers, broken clients and bad lines send: FHIR bodies and addresses, headers, frames, forms.

The tests of the edge, the walk against a running server and the benchmark of what an attack costs throw the same.
"""

from __future__ import annotations

import json
from typing import Final


def observation(inner: str) -> bytes:
    return b'{"resourceType":"Observation","status":"final","code":{"text":"x"},%s}' % inner.encode()


def nested(levels: int) -> str:
    return '"extension":' + '[{"url":"http://x.example/y","extension":' * levels + "[]" + "}]" * levels


def narrative(inner: str, before: str = "") -> bytes:
    div = f"{before}<div xmlns='http://www.w3.org/1999/xhtml'>{inner}</div>"
    return observation(f'"text":{{"status":"generated","div":{json.dumps(div)}}}')


BODIES: Final = {  # as an Observation
    "900 levels": observation(nested(450)),
    "2,000 levels": observation(nested(1000)),
    "100,000 levels": observation(nested(50_000)),
    "levels that never close": b'{"a":' * 100_000,
    "60 extensions in each other": observation(nested(60)),
    "a number of 4,301 digits": observation('"valueInteger":' + "9" * 4301),
    "a decimal of 4,301 digits": observation('"valueQuantity":{"value":0.' + "9" * 4301 + "}"),
    "a number out of range": observation('"valueQuantity":{"value":1e999999999}'),
    "NaN": observation('"valueQuantity":{"value":NaN}'),
    "Infinity": observation('"valueQuantity":{"value":-Infinity}'),
    "a key twice": observation('"status":"amended"'),
    "half of a surrogate pair": observation('"valueString":"\\ud800"'),
    "the character NUL": observation('"valueString":"a\\u0000b"'),
    "bytes that are no UTF-8": b'{"resourceType":"Observation","status":"\xff\xfe"}',
    "nothing but spaces": b"  ",
    "a list": b"[]",
    "a word": b'"Observation"',
    "null": b"null",
    "broken off": b'{"resourceType":"Observation","sta',
    "100,000 notes": observation('"note":[' + ",".join(['{"text":"x"}'] * 100_000) + "]"),
    "a script in the narrative": narrative("<script>alert(1)</script>"),
    "an event handler in the narrative": narrative("<img src='x' onerror='x()'/>"),
    "an entity in the narrative": narrative("&b;", '<!DOCTYPE a [<!ENTITY b "c">]>'),
    "a reference that runs": observation('"subject":{"reference":"javascript:alert(1)"}'),
    "a conditional reference": observation('"subject":{"reference":"Patient?identifier=1"}'),
    "an unknown element": observation('"telepathy":true'),
    "an array for a scalar": observation('"issued":["2026-11-21T08:00:00Z"]'),
}  # fmt: skip
NARRATIVES: Final = {
    **{f"{depth:,} nested <div>": narrative("<div>" * depth + "</div>" * depth) for depth in (2_000, 8_000, 50_000)},
    "a script in SVG": narrative("<svg><script>alert(1)</script></svg>"),
    "mathematics that mutates": narrative("<math><mtext><table><mglyph><style><img src='x' onerror='x()'/></style>"
                                          "</mglyph></table></mtext></math>"),
    "a link that runs": narrative("<a href='javascript:alert(1)'>x</a>"),
    "a frame": narrative("<iframe src='https://evil.example/'></iframe>"),
}  # fmt: skip
PATIENTS: Final = {
    "100,000 names": b'{"resourceType":"Patient","name":[' + b'{"family":"x"},' * 99_999 + b'{"family":"y"}]}',
}
_ENTRY: Final = b'{"resource":{"resourceType":"Observation","status":"%s","code":{"text":"x"}}}'
BUNDLES: Final = {  # of which only the last entry is wrong
    f"{count:,} entries in a Bundle": b'{"resourceType":"Bundle","type":"collection","entry":['
    + b",".join([*[_ENTRY % b"final"] * (count - 1), _ENTRY % b"guessed"]) + b"]}"
    for count in (100, 1000, 5000)
}  # fmt: skip
_STEP: Final = (
    b'{"resource":{"resourceType":"Observation","status":"%s","code":{"text":"x"}},'
    b'"request":{"method":"POST","url":"Observation"}}'
)
TRANSACTIONS: Final = {  # of which only the last entry is wrong
    "1,000 entries in a transaction": b'{"resourceType":"Bundle","type":"transaction","entry":['
    + b",".join([*[_STEP % b"final"] * 999, _STEP % b"guessed"]) + b"]}"
}  # fmt: skip
ADDRESSES: Final = (
    "Observation?code=" + "a," * 5000,
    "Observation?" + "&".join(["code=x"] * 1000),
    "Observation?code=%00",
    "Observation?code=%ff%fe",
    "Observation?date=" + "9" * 5000,
    "Observation?date=2026-13-45",
    "Observation?value-quantity=1e999999999||x",
    "Observation?patient:Patient:Patient=1",
    "Observation?_sort=" + "-date," * 100,
    "Observation?_count=99999999999999999999",
    "Observation?_id=" + ",".join(["x"] * 5000),
    "Observation?_lastUpdated=ge2026-02-30",
    "Observation?%00=1",
    "Observation?=1",
    "Observation?_cursor=" + "A" * 5000,
    "%00/%00",
    "Patient/%F0%9F%92%A9",
)
FRAMES: Final = {
    "2,000 levels": '{"id":1,"do":"ping","x":' + "[" * 2000 + "]" * 2000 + "}",
    "100,000 levels": '{"id":1,"do":"ping","x":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a number of 4,301 digits": '{"id":' + "9" * 4301 + ',"do":"nothing"}',
    "NaN": '{"id":NaN,"do":"ping"}',
    "half of a surrogate pair": '{"id":"\\ud800","do":"ping"}',
    "a key twice": '{"id":1,"do":"ping","do":"sudo"}',
    "a key twice, deep inside": '{"id":1,"do":"ping","x":[{"y":1.50,"y":"\\u00e4"}]}',
    "a list": "[1]",
    "a word": '"ping"',
    "nothing": "",
    "no JSON": "ping",
    "broken off": '{"id":1,"do":"pi',
    "no command": '{"id":1}',
    "an unknown command": '{"id":1,"do":"sudo"}',
    "a command that is a number": '{"id":1,"do":7}',
    "a topic of no kind": '{"id":1,"do":"open","topic":"all:*"}',
    "a topic without end": '{"id":1,"do":"open","topic":"thread:' + "x" * 60_000 + '"}',
    "a text for a number": '{"id":1,"do":"thread.read","thread":"x","seq":"1"}',
    "a description of 200 KB": '{"id":1,"do":"room.signal","room":"x","to":"y","description":'
    '{"type":"offer","number":1,"sdp":"'
    + "a=" * 100_000 + '"}}',
    "10,000 candidates": '{"id":1,"do":"room.signal","room":"x","to":"y","candidates":['
    + ",".join(['{"candidate":"c"}'] * 10_000) + "]}",
    "300,000 characters": '{"id":1,"do":"ping","x":"' + "x" * 300_000 + '"}',
    "a room of others": '{"id":1,"do":"room.join","room":"00000000-0000-4000-8000-000000000000"}',
    "NUL in a message": '{"id":1,"do":"thread.send","thread":"\\u0000","cid":"x","text":"\\u0000"}',
}  # fmt: skip
ORIGINS: Final = ("null", "https://evil.example", "http://127.0.0.1:1", "javascript://127.0.0.1", "http://127.0.0.1.evil.example",
                  "file://", "http://user@127.0.0.1")  # fmt: skip
_TO_US: Final = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
REQUESTS: Final = {  # bytes that no client library would send
    "a foreign host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a foreign host at the FHIR edge": b"GET /fhir/metadata HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "an unknown method": b"SUDO /" + _TO_US + b"\r\n",
    "an address of 100 KB": b"GET /" + b"a" * 100_000 + _TO_US + b"\r\n",
    "a header of 100 KB": b"GET /" + _TO_US + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "a header without end": b"GET /" + _TO_US + b"X: " + b"a" * 300_000,
    "30,000 headers": b"GET /" + _TO_US + b"X: a\r\n" * 30_000 + b"\r\n",
    "a length below nothing": b"POST /sign-in/" + _TO_US + b"Content-Length: -1\r\n\r\n",
    "two lengths": b"POST /sign-in/" + _TO_US + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
