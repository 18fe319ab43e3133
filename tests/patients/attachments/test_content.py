"""What people send: photos lose where they were taken, PDFs are looked at, the rest is refused with words."""

from __future__ import annotations

import gzip
import io
import random
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from patients.attachments.content import LARGEST, SIDE, checked
from patients.errors import Invalid, Unavailable
from tests.patients.attachments.conftest import PDF, photo


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_a_photo_is_drawn_anew_upright_and_without_place_and_words(form: str) -> None:
    sent = photo(form)
    assert b"Lindenweg" in sent
    kept = checked(sent)
    assert (kept.type, kept.ending) == ("image/jpeg", ".jpg")
    assert b"Lindenweg" not in kept.data
    picture = Image.open(io.BytesIO(kept.data))
    assert picture.size == (48, 64)
    assert not picture.getexif()


def test_a_drawing_stays_a_png_and_loses_its_words() -> None:
    from PIL.PngImagePlugin import PngInfo

    words, out = PngInfo(), io.BytesIO()
    words.add_text("Comment", "Lindenweg 4")
    Image.new("RGBA", (10, 10), (1, 2, 3, 4)).save(out, "PNG", pnginfo=words)
    kept = checked(out.getvalue())
    assert kept.type == "image/png"
    assert b"Lindenweg" not in kept.data
    assert Image.open(io.BytesIO(kept.data)).getpixel((0, 0)) == (1, 2, 3, 4)


def test_what_hides_behind_a_photo_is_gone() -> None:
    assert b"<script>" not in checked(photo() + b"<script>alert(1)</script>").data


def test_a_huge_photo_becomes_smaller() -> None:
    kept = checked(photo(size=(SIDE + 400, 100), place=False))
    assert Image.open(io.BytesIO(kept.data)).width == SIDE


def test_a_photo_that_would_fill_the_memory_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Invalid, match="Bildpunkte"):
        checked(out.getvalue())


def test_a_pdf_stays_as_it_is() -> None:
    assert checked(PDF).data == PDF
    assert checked(PDF).type == "application/pdf"


@pytest.mark.parametrize("word", [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/EmbeddedFiles"])
def test_a_pdf_with_programs_or_files_inside_is_refused(word: bytes) -> None:
    with pytest.raises(Invalid, match="Programme"):
        checked(PDF.replace(b"/Catalog", b"/Catalog" + word + b" 3 0 R"))


def packed() -> dict[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("word/document.xml", "x")
    return {
        "zip": out.getvalue(),
        "gzip": gzip.compress(b"x"),
        "7z": b"7z\xbc\xaf\x27\x1c\0\0",
        "rar": b"Rar!\x1a\x07\0",
    }


@pytest.mark.parametrize("name", packed())
def test_archives_are_refused_with_words(name: str) -> None:
    with pytest.raises(Invalid, match="Archive"):
        checked(packed()[name])


@pytest.mark.parametrize(
    "data",
    [b"<html><script>", b"MZ\x90\0", b"\x7fELF", b"hello", b"GIF89a" + bytes(20), b"<svg xmlns='x'/>", photo()[:200],
     b"\xff\xd8\xff" + bytes(50), PDF[:-8], b"", bytes(LARGEST + 1)],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        checked(data)
    assert refused.value.findings[0].where == "file"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow speaks of what it skips
def test_no_broken_photo_is_more_than_refused() -> None:
    whole, chance = photo(), random.Random(7)
    for _ in range(200):
        wrong = bytearray(whole)
        for _byte in range(chance.randrange(1, 9)):
            wrong[chance.randrange(len(wrong))] = chance.randrange(256)
        try:
            checked(bytes(wrong))
        except Invalid:
            continue


class Scanner(threading.Thread):
    """A daemon that speaks clamd's protocol and answers what it is told."""

    def __init__(self, path: Path, answer: bytes) -> None:
        super().__init__(daemon=True)
        self.answer, self.seen = answer, b""
        self.one = socket.socket(socket.AF_UNIX)
        self.one.bind(str(path))
        self.one.listen()
        self.start()

    def run(self) -> None:
        link, _who = self.one.accept()
        with link, link.makefile("rb") as file:
            assert file.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!I", file.read(4))[0]:
                self.seen += file.read(size)
            link.sendall(self.answer)
        self.one.close()


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.CLAMD = str(tmp_path / "clamd.sock")
    return tmp_path / "clamd.sock"


def test_with_a_virus_scanner_every_file_goes_through_it(place: Path) -> None:
    scanner = Scanner(place, b"stream: OK\0")
    assert checked(PDF)
    scanner.join(5)
    assert scanner.seen == PDF


def test_what_it_finds_is_refused(place: Path) -> None:
    scanner = Scanner(place, b"stream: Eicar-Test-Signature FOUND\0")
    with pytest.raises(Invalid, match="Eicar"):
        checked(PDF)
    scanner.join(5)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0"])
def test_a_scanner_that_fails_lets_nothing_in(place: Path, answer: bytes) -> None:
    scanner = Scanner(place, answer)
    with pytest.raises(Unavailable):
        checked(PDF)
    scanner.join(5)


def test_a_scanner_that_is_down_lets_nothing_in(place: Path) -> None:
    with pytest.raises(Unavailable):
        checked(PDF)
