"""What each primitive type may look like, and what it may not. https://hl7.org/fhir/R4/datatypes.html#primitive"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

_NO_DAYS: Final = ["2023-02-30", "2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-05-00"]
_NO_DATES: Final = ["2023-5-1", "23-05-01", "20230501", "3.3.1941", "2023/05/01", "0000", "2023-05-01 ", "today"]
_NO_MOMENTS: Final = [
    *(f"{day}T10:00:00Z" for day in _NO_DAYS[:4]),
    "2023-05-01T24:00:00Z",
    "2023-05-01T10:60:00Z",
    "2023-05-01T10:00:61Z",
    "2023-05-01T10:00Z",
    "2023-05-01T10:00:00",
    "2023-05-01T10:00:00+15:00",
    "2023-05-01T10:00:00+0200",
    "2023-05-01T10:00:00z",
    "2023-05-01T10:00:00.Z",
    "2023-05-01T",
    "2023-05-01 10:00:00Z",
    "2023-05T10:00:00Z",
]
_NO_ADDRESSES: Final = ["a b", " ", "https://praxis.example/a b", "https://praxis.example/\n", "javascript:alert(1)"]
_NO_NAMES: Final = ["urn:uuid:heinrich", "urn:uuid:c757873dec9a4326a141556f43239520", "urn:oid:1.02", "urn:oid:praxis"]
_NO_TEXTS: Final = ["\u0000", "Heinrich\u0007", "\u001f"]

WRONG: Final[dict[str, list[Any]]] = {
    "boolean": ["true", "false", "", 0, 1],
    "integer": ["5", Decimal("1.5"), Decimal("5.0"), 2**31, -(2**31) - 1, True],
    "positiveInt": ["5", 0, -1, Decimal("1.5"), 2**31],
    "unsignedInt": ["5", -1, Decimal("0.5"), 2**31],
    "decimal": ["5", "", "1e3", True],
    "string": [5, True, *_NO_TEXTS],
    "markdown": [5, *_NO_TEXTS],
    "code": [5, " a", "a ", "a  b", "\ta", " ", "a\u0000"],
    "id": [5, "a_b", "a b", "../a", "a/b", "ä", "x" * 65, "urn:a"],
    "uri": [5, *_NO_ADDRESSES, *_NO_NAMES],
    "url": [5, *_NO_ADDRESSES, *_NO_NAMES],
    "canonical": [5, *_NO_ADDRESSES, *_NO_NAMES],
    "Bundle.entry.fullUrl": [5, *_NO_ADDRESSES],  # within a Bundle any name will do
    "oid": [5, "1.2.3", "urn:oid:3.1", "urn:oid:1.02", "urn:oid:1.", "urn:oid:", "URN:OID:1.2"],
    "uuid": [5, "c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:c757873d", "urn:uuid:", "urn:uuid:" + "g" * 36],
    "date": [5, *_NO_DAYS, *_NO_DATES, "2023-05-01T10:00:00Z", "2023-05-01T10:00:00"],
    "dateTime": [5, *_NO_DAYS, *_NO_DATES, *_NO_MOMENTS],
    "instant": [5, "2023", "2023-05", "2023-05-01", *_NO_MOMENTS],
    "time": [5, "24:00:00", "10:00", "10:60:00", "10:00:61", "10:00:00Z", "1:00:00", "10:00:00.", "noon"],
    "base64Binary": [5, "?", "YWJ", "YWJjZ", "====", "YQ=Y", "Y===", "YW_-", "data:text/plain;base64,YWJj"],
    "xhtml": [5, "Blutdruck", "<p>x</p>"],
}

RIGHT: Final[dict[str, list[Any]]] = {
    "boolean": [True, False],
    "decimal": [Decimal("0.40"), 1, -3, Decimal("1E-7"), Decimal("1E+2"), 123456789012345678901234],
    "integer": [0, -5, 2147483647, -2147483648],
    "positiveInt": [1, 5, 2147483647],
    "unsignedInt": [0, 7],
    "string": ["Ärztin", "10\u00a0mg", "zwei\nZeilen\t\r", " x", "'\"<>&", "👩‍⚕️", "\u3000", "#x", "x" * 10_000],
    "markdown": ["**wichtig**\n- ja", "<b>ja</b>"],
    "code": ["a", "a b", "a b c", "Ä/ö"],
    "id": ["a-1.B", "x" * 64, "0"],
    "uri": ["urn:oid:1.2.3", "https://praxis.example/ä?b#c", "abc", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"],
    "url": ["https://praxis.example/", "ftp://praxis.example/x", "mailto:a@praxis.example"],
    "canonical": ["https://praxis.example/Questionnaire/x|1.0", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
    "oid": ["urn:oid:1.2.3", "urn:oid:2.16.840.1"],
    "uuid": [  # of whatever version: by chance, by time, by name
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
        "urn:uuid:2f1c3a10-cd4a-11f0-8de9-0242ac120002",
        "urn:uuid:5df41881-3aed-3515-88a7-2f4a814cf09e",
    ],
    "date": ["2020", "2020-02", "2020-02-29", "2000-02-29", "1900-01-01", "2023-12-31"],
    "dateTime": [
        "2020",
        "2020-02",
        "2020-02-29",
        "2020-01-01T10:00:00Z",
        "2020-02-29T00:00:00-03:30",
        "2016-12-31T23:59:60.123456789+02:00",
    ],
    "instant": ["2020-01-01T10:00:00Z", "2020-01-01T10:00:00.1234567+14:00", "2020-02-29T23:59:59-11:00"],
    "time": ["10:00:00", "23:59:59.999", "00:00:00"],
    "base64Binary": ["YWJj", "YW Jj\n", "YQ==", "YWI=", "+/+/"],
    "xhtml": ['<div xmlns="http://www.w3.org/1999/xhtml"><p>ja</p></div>'],
}

KEPT_BY_OTHERS: Final = {
    "http://hl7.org/fhir/ValueSet/mimetypes": [
        "text/plain; charset=utf-8",
        "application/fhir+json",
        "image/svg+xml",
        'text/plain;title="a;b"',
        f"text/{'x' * 127}",
    ],
    "http://hl7.org/fhir/ValueSet/all-languages": ["de", "de-DE-1996", "x-klingon", "zh-Hans-CN", "es-419", "nds"],
    "http://hl7.org/fhir/ValueSet/currencies": ["EUR", "CHF"],
}
