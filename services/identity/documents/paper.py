"""A page of ours: letter format, letterhead, page numbers, headings, paragraphs, tables of facts."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Final

from anyascii import anyascii
from babel import Locale
from babel.dates import format_date, format_time
from fpdf import FPDF, XPos, YPos
from fpdf.enums import MethodReturnValue

from shared.clock import BUSINESS_ZONE, business_day

ENCODING: Final = "cp1252"
"""What the fonts hold that every PDF reader has: French whole, with its quotation marks and apostrophe."""
_FONT: Final = "helvetica"
_LOCALES: Final = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}
_LABEL_MM: Final = 50.0
_LINE_MM: Final = 5.4


class Paper(FPDF):
    """One document."""

    def __init__(self, *, language: str, title: str, foot: str, made_at: datetime) -> None:
        super().__init__(format="letter", unit="mm")
        self.core_fonts_encoding = ENCODING
        self._language = language
        self._foot = foot
        self.set_creation_date(made_at)
        self.set_lang(f"{language}-CA")
        self.set_title(title)
        self.set_author("Acquit")
        self.set_margins(22, 20)
        self.set_auto_page_break(auto=True, margin=22)
        self.alias_nb_pages()
        self.add_page()

    def header(self) -> None:
        """The letterhead."""
        self.set_font(_FONT, "B", 13)
        self.set_text_color(20, 60, 110)
        self.cell(0, 8, "Acquit", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)
        self.ln(4)

    def footer(self) -> None:
        """What the document is, and which page."""
        self.set_y(-16)
        self.set_font(_FONT, "", 8)
        self.cell(0, 5, printable(f"{self._foot} · {self.page_no()}/{{nb}}"), align="C")

    def headline(self, text: str) -> None:
        """The title of the document."""
        self.set_font(_FONT, "B", 15)
        self._lines(text, 7.5)
        self.ln(2)

    def heading(self, text: str) -> None:
        """A part of the document."""
        self.ln(2)
        self.set_font(_FONT, "B", 11)
        self._lines(text, 6)

    def paragraph(self, text: str) -> None:
        """Running text."""
        self.set_font(_FONT, "", 10)
        self._lines(text, _LINE_MM)
        self.ln(1.5)

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Labels with what they stand for; several lines are kept as they are, and on one page."""
        for label, value in rows:
            self.set_font(_FONT, "B", 9.5)
            lines = self._count(label, _LABEL_MM - 3)
            self.set_font(_FONT, "", 9.5)
            lines = max(lines, self._count(value, self.epw - _LABEL_MM))
            if self.will_page_break(lines * _LINE_MM):
                self.add_page()
            top = self.get_y()
            self.set_font(_FONT, "B", 9.5)
            self.multi_cell(_LABEL_MM - 3, _LINE_MM, printable(label), align="L")
            self.set_font(_FONT, "", 9.5)
            self.set_xy(self.l_margin + _LABEL_MM, top)
            self.multi_cell(0, _LINE_MM, printable(value), align="L")
            self.set_xy(self.l_margin, top + lines * _LINE_MM + 0.8)

    def finished(self) -> bytes:
        """The document."""
        return bytes(self.output())

    def day(self, when: datetime) -> str:
        """The day of an instant in Toronto."""
        return written_day(business_day(when), self._language)

    def instant(self, when: datetime) -> str:
        """Day and time in Toronto, to the second, with the offset that holds then."""
        local = when.astimezone(BUSINESS_ZONE)
        time = format_time(when, "medium", tzinfo=BUSINESS_ZONE, locale=_LOCALES[self._language])
        return f"{self.day(when)}, {time} ({local.strftime('UTC%z')}, Toronto)"

    def _count(self, text: str, width: float) -> int:
        """How many lines a text takes at this width in the font that is set."""
        found = self.multi_cell(
            width, _LINE_MM, printable(text), align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        return len(found) if isinstance(found, list) else 1

    def _lines(self, text: str, height: float) -> None:
        self.multi_cell(0, height, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def written_day(day: date, language: str) -> str:
    """A day as the language writes it; the first of a month is « 1er » in French."""
    text = format_date(day, "long", locale=_LOCALES[language])
    return text.replace("1 ", "1er ", 1) if language == "fr" and day.day == 1 else text


def printable(text: str) -> str:
    """The text with what the fonts do not hold in letters that they do: names of every language stay legible."""
    return "".join(map(_sign, text.replace("\u202f", "\u00a0")))


def _sign(sign: str) -> str:
    try:
        sign.encode(ENCODING)
    except UnicodeEncodeError:
        return _ascii(sign) or "?"
    return sign


_ascii: Callable[[str], str] = anyascii
