"""The record as a PDF with embedded letters, made in steps so that nobody waits for one thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF

from telecare.privacy.taking.files import names
from telecare.privacy.taking.lines import SECTIONS, Line, titles

STEP: Final = 60  # lines of one step
_TOGETHER: Final = 25  # mm: a heading and the first lines below it
_FAMILY: Final = "Telecare"
_FONTS: Final = {"": "telecare-sans-400.woff2", "B": "telecare-sans-600.woff2"}


class Paper:
    """Fill it step by step (`steps`), then take its `content`."""

    def __init__(self, name: str, sections: Mapping[str, Sequence[Line]], cut: int) -> None:
        self._name, self._sections, self._cut = name, sections, cut
        self.content = b""

    def steps(self) -> Iterator[None]:
        """Write the paper; each step is a fraction of a second."""
        pdf: Any = _Numbered(format="A4")
        for style, file in _FONTS.items():
            pdf.add_font(_FAMILY, style, _folder() / file)
        pdf.set_title(_("My record"))
        pdf.set_lang(get_language() or "de")
        pdf.set_auto_page_break(True, margin=20)
        pdf.add_page()
        self._head(pdf)
        yield
        named = titles()
        for section in SECTIONS:
            lines = self._sections.get(section, ())
            if not lines:
                continue
            if pdf.will_page_break(_TOGETHER):
                pdf.add_page()
            _written(pdf, 13, "B", 10, named[section])
            for number, one in enumerate(lines):
                _row(pdf, one)
                if number % STEP == STEP - 1:
                    yield
            pdf.ln(4)
        self.content = bytes(pdf.output())

    def _head(self, pdf: Any) -> None:
        _written(pdf, 20, "B", 12, _("My record"))
        _written(pdf, 13, "", 7, self._name)
        when = date_format(localtime(), "d.m.Y H:i")
        _written(pdf, 10, "", 6, _("Made by Telecare on %(when)s.") % {"when": when})
        beside = {"record": names().resources, "accesses": names().accesses}
        _written(pdf, 10, "", 6, _("All details stand in %(record)s, who has read it in %(accesses)s.") % beside)
        if self._cut:
            words = _("%(number)s older entries stand in %(record)s only.") % {**beside, "number": self._cut}
            _written(pdf, 10, "", 6, words)
        pdf.ln(4)


class _Numbered(FPDF):
    """With the number of the page below."""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FAMILY, "", 8)
        self.cell(0, 6, _("Page %(number)s") % {"number": self.page_no()}, align="R")


def _row(pdf: Any, one: Line) -> None:
    pdf.set_font(_FAMILY, "", 9)
    pdf.cell(32, 5, drawable(one.when))
    pdf.multi_cell(0, 5, drawable(one.words), align="L", new_x="LMARGIN", new_y="NEXT")


def _written(pdf: Any, size: int, style: str, height: int, words: str) -> None:
    pdf.set_font(_FAMILY, style, size)
    pdf.multi_cell(0, height, drawable(words), align="L", new_x="LMARGIN", new_y="NEXT")


def drawable(words: str) -> str:
    """The words with a question mark where the letters know no sign; the JSON has them as they are."""
    known = _signs()
    return "".join(sign if sign in "\n\t" or ord(sign) in known else "?" for sign in words)


@cache
def _signs() -> frozenset[int]:
    pdf: Any = FPDF()
    pdf.add_font(_FAMILY, "", _folder() / _FONTS[""])
    font = pdf.fonts[_FAMILY.lower()]
    known = frozenset(font.cmap)
    font.ttfont.close()
    return known


def _folder() -> Path:
    return Path(settings.STATICFILES_DIRS[0]) / "fonts"
