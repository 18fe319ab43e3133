"""What a file is, by its content: a photo is drawn anew, a PDF is looked at, everything else is refused.

The name and the type that a browser claims say nothing. A photo loses all that is not picture: place and time of
taking, the camera's number, a second picture behind the first.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from patients.attachments import clamd, pdf
from patients.errors import Invalid

LARGEST: Final = 25 * 1024 * 1024  # bytes
PIXELS: Final = 50_000_000
SIDE: Final = 4096  # pixels of a photo that is kept; a larger one is made smaller
QUALITY: Final = 88

_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b", b"BZh",
                    b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")  # fmt: skip
_PHOTOS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_BLANK: Final = b"\xef\xbb\xbf\0\t\r\n "
_TAIL: Final = 66_000  # bytes at the end of a file in which an archive keeps its list


@dataclass(frozen=True, slots=True)
class Content:
    """A file that may be kept."""

    type: str
    data: bytes
    ending: str


def checked(data: bytes) -> Content:
    """The file as it may be kept. Raises Invalid with words, Unavailable while a virus scanner that is set is down."""
    if not data:
        raise _refused(_("This file is empty."), "required")
    if len(data) > LARGEST:
        raise _refused(_("This file is larger than 25 MB. Please send a smaller one."), "too-long")
    if data.startswith(_ARCHIVES) or data[257:262] == b"ustar":
        raise _refused(_("Archives and Office files are not accepted: nobody sees what is inside. Please send a PDF."))
    if found := clamd.finds(data):
        raise _refused(_("The virus scanner has found something in this file (%(what)s).") % {"what": found})
    if data.startswith(_PHOTOS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return _photo(data)
    if data[:1024].lstrip(_BLANK).startswith(b"%PDF-"):
        return _pdf(data)
    raise _refused(_("Photos (JPEG, PNG, WebP) and PDF are accepted. This file is neither."))


def _photo(data: bytes) -> Content:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:  # reads its head only
            if picture.width * picture.height > PIXELS:
                raise _too_many()
            drawn = ImageOps.exif_transpose(picture)
            drawn.thumbnail((SIDE, SIDE))
            plain = picture.format == "PNG"
            return _drawn(drawn.convert("RGBA" if plain and "A" in drawn.getbands() else "RGB"), plain=plain)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_many() from problem
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error) as problem:
        raise _refused(_("This photo cannot be opened. Please take it again.")) from problem


def _too_many() -> Invalid:
    return _refused(_("This photo has too many pixels. Please make it smaller."), "too-long")


def _drawn(picture: Image.Image, *, plain: bool) -> Content:
    """The pixels alone in a new file."""
    fresh = Image.new(picture.mode, picture.size)
    fresh.paste(picture)
    out = io.BytesIO()
    if plain:
        fresh.save(out, "PNG")
        return Content("image/png", out.getvalue(), ".png")
    fresh.save(out, "JPEG", quality=QUALITY)
    return Content("image/jpeg", out.getvalue(), ".jpg")


def _pdf(data: bytes) -> Content:
    if b"%%EOF" not in data[-2048:]:
        raise _refused(_("This PDF has no end: it was cut off on the way. Please send it again."))
    try:
        more = pdf.holds_more(data) or b"PK\x05\x06" in data[-_TAIL:]
    except pdf.Hidden as problem:
        words = _("Nobody can look into a part of this PDF. Please print it into a new PDF and send that.")
        raise _refused(words) from problem
    if more:
        raise _refused(_("This PDF holds programs or other files. Please print it into a new PDF and send that."))
    return Content("application/pdf", data, ".pdf")


def _refused(words: str, code: str = "business-rule") -> Invalid:
    return Invalid(words, code=code, where="file")
