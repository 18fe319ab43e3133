"""What a Binary holds, as itself: a letter is sent and loaded as a PDF instead of as Base64 in JSON.

https://hl7.org/fhir/R4/binary.html#rest
"""

from __future__ import annotations

import base64
import re
from typing import Any, Final, NamedTuple

from patients.errors import Invalid
from patients.records import validation, wire
from patients.records.validation import media_types
from patients.records.wire import Json

TYPE: Final = "Binary"
CONTEXT: Final = "X-Security-Context"  # the header that stands for `Binary.securityContext`
MOST: Final = (wire.MOST_BYTES - 4_096) // 4 * 3  # bytes: as Base64, with room for what stands around it
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")  # how browsers send what people fill in
_MEDIA: Final = re.compile(media_types.TYPE)
_REFERENCE: Final = re.compile(r"[\x21-\x7e]+")  # what a header can carry


class Content(NamedTuple):
    """`media` is the type with its parameters; `context` whom or what it belongs to, "" where that is not said."""

    media: str
    data: bytes
    context: str

    @property
    def type(self) -> str:
        """The media type alone, in small letters."""
        return self.media.partition(";")[0].strip().lower()


def of(text: bytes) -> Content | None:
    """What the Binary with this JSON text holds; None where its type cannot stand in a header."""
    binary = wire.opened(text)
    if not _MEDIA.fullmatch(media := binary["contentType"]):
        return None
    context: Any = binary.get("securityContext", {}).get("reference", "")
    return Content(media, base64.b64decode(binary.get("data", "")), context if _REFERENCE.fullmatch(context) else "")


def resource(media: str, data: bytes, context: str, ident: str) -> Json:
    """The Binary that holds this, with this id ("" for none). Raises Invalid, also for a type that is none."""
    binary: Json = {"resourceType": TYPE, "contentType": media.strip()}
    if not _MEDIA.fullmatch(binary["contentType"]):
        raise Invalid(
            "Content-Type is no media type, such as application/pdf.", code="value", where="http.content-type"
        )
    if ident:
        binary["id"] = ident
    if context:
        binary["securityContext"] = {"reference": context}
    validation.check(binary)
    if data:
        binary["data"] = base64.b64encode(data).decode()
    return binary
