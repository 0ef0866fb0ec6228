"""Figures of a trace as people read them, in French and in English (units by name: see ``trace.Figures``)."""

from services.claims.domain.bilingual import Language
from shared.money import BASIS_POINTS

_NO_BREAK = "\u00a0"
_CENTS_IN_DOLLAR = 100


def figure_text(name: str, value: int, *, language: Language) -> str:
    """The value in the unit that the name's ending tells."""
    if name.endswith("_cents"):
        return _dollars(value * BASIS_POINTS, language)
    if name.endswith("_e4"):
        return _dollars(value, language)
    if name.endswith("_bp"):
        percent = _decimal(value, _CENTS_IN_DOLLAR, digits=0, language=language)
        return f"{percent}{_NO_BREAK}%" if language == "fr" else f"{percent}%"
    if name.endswith("_date"):
        return f"{value // 10_000:04d}-{value // 100 % 100:02d}-{value % 100:02d}"
    return f"{value:02d}" if name.endswith("_fdi") else str(value)


def _dollars(value_e4: int, language: Language) -> str:
    amount = _decimal(abs(value_e4), _CENTS_IN_DOLLAR * BASIS_POINTS, digits=2, language=language)
    sign = "-" if value_e4 < 0 else ""
    return f"{sign}{amount}{_NO_BREAK}$" if language == "fr" else f"{sign}${amount}"


def _decimal(value: int, one: int, *, digits: int, language: Language) -> str:
    """``value / one`` exactly, with at least so many decimals; ``one`` is a power of ten."""
    whole, rest = divmod(value, one)
    decimals = str(rest).rjust(len(str(one)) - 1, "0").rstrip("0").ljust(digits, "0")
    grouped = f"{whole:,}"
    if language == "fr":
        grouped = grouped.replace(",", _NO_BREAK)
    return grouped + ("," if language == "fr" else ".") + decimals if decimals else grouped
