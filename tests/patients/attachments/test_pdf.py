"""PDFs: pages pass, however they were written; programs and other files do not, wherever they hide."""

from __future__ import annotations

import random
import zlib

import fpdf
import pytest

from patients.attachments.content import checked
from patients.attachments.pdf import LARGEST_UNPACKED, MOST_STREAMS
from patients.errors import Invalid
from tests.patients.attachments.conftest import PDF

ACTION = b"<</S/JavaScript/JS(app.alert(1))>>"


def with_stream(body: bytes, head: bytes = b"", *, before: bytes = b"\n") -> bytes:
    """The smallest PDF with one more object: a stream."""
    packed = b"3 0 obj<<%s/Length %d>>%sstream\n%s\nendstream endobj\n" % (head, len(body), before, body)
    return PDF.replace(b"trailer", packed + b"trailer")


def with_objects(objects: bytes, head: bytes = b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode") -> bytes:
    """With objects in a compressed stream, as most programs write them."""
    return with_stream(zlib.compress(b"5 0 " + objects), head)


def written() -> bytes:
    letter = fpdf.FPDF()
    letter.add_page()
    letter.set_font("helvetica", size=12)
    letter.cell(text="Arztbrief")
    return bytes(letter.output())


@pytest.mark.parametrize(
    "data",
    [
        written(),
        with_objects(b"<</Type/Page>>"),
        with_stream(b"5 0 <</Type/Page>>", b"/Type/ObjStm/N 1/First 4"),
        with_stream(random.Random(4).randbytes(200_000) + b" /JS (/XFA ", b"/Subtype/Image"),
        b"\xef\xbb\xbf\r\n" + PDF,
    ],
    ids=[
        "written by a library",
        "objects in a stream",
        "not compressed",
        "a scan with JS by chance",
        "a mark first",
    ],
)
def test_pages_pass_and_stay_as_they_are(data: bytes) -> None:
    assert checked(data).data == data


@pytest.mark.parametrize(
    "data",
    [
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction" + ACTION),
        PDF.replace(b"/Catalog", b"/Catalog/AA<</O<</S/J#61va#53cript/#4a#53(x)>>>>"),
        PDF.replace(b"/Catalog", b"/Catalog/AcroForm<</XFA 3 0 R>>"),
        with_objects(ACTION),
        with_objects(b"<</S/J#61vaScript>>"),
        with_objects(b"<</S/Launch>>", b"/Type/Obj#53tm/N 1/First 4/Filter/FlateDecode"),
        with_stream(b"5 0 " + ACTION, b"/Type/ObjStm/N 1/First 4"),
        with_stream(ACTION, b"/Subtype/Image"),
        PDF[:-6] + b"PK\x05\x06" + bytes(18) + b"%%EOF",
    ],
)
def test_programs_and_other_files_are_found_where_they_hide(data: bytes) -> None:
    with pytest.raises(Invalid, match="Programme"):
        checked(data)


@pytest.mark.parametrize(
    "data",
    [
        with_stream(b"\x80\x0b`", b"/Type/ObjStm/N 1/First 4/Filter/LZWDecode"),
        with_objects(b"<<>>", b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode/DecodeParms<</Predictor 12>>"),
        with_objects(bytes(LARGEST_UNPACKED + 1)),
        with_stream(zlib.compress(ACTION), b"/Type/ObjStm/Filter/FlateDecode", before=b"%x\n"),
        with_stream(b"x", b"/Type/ObjStm").replace(b"endstream", b"endstrea_"),
        with_stream(b"x" + b" endstream" * (MOST_STREAMS + 1)),
    ],
    ids=["another filter", "rows", "too large", "a remark between", "without an end", "too many"],
)
def test_what_nobody_can_look_into_is_refused_with_other_words(data: bytes) -> None:
    with pytest.raises(Invalid, match="niemand hineinsehen"):
        checked(data)


@pytest.mark.parametrize("before", [b"<html><script>alert(1)</script>", b"\x1b%-12345X@PJL\n", b"MZ"])
def test_a_pdf_begins_as_one(before: bytes) -> None:
    with pytest.raises(Invalid, match="keines davon"):
        checked(before + PDF)
