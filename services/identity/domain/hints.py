"""Password hints that do not give the password away (REG-5)."""

import unicodedata
from typing import Final

from services.identity.domain.errors import HintRevealingError

PIECE: Final = 4


def check_hint(hint: str, password: str) -> None:
    """Accept a hint.

    Raises:
        HintRevealingError: it contains four characters of the password in a row, forwards or backwards, whatever the
            case, accents, spaces or signs between them.
    """
    for fold in (_without_spaces, _letters_and_digits):
        forwards, backwards, secret = fold(hint), fold(_backwards(hint)), fold(password)
        length = min(PIECE, len(secret))
        pieces = {secret[at : at + length] for at in range(len(secret) - length + 1)} - {""}
        if any(piece in forwards or piece in backwards for piece in pieces):
            raise HintRevealingError


def _backwards(text: str) -> str:
    return unicodedata.normalize("NFC", text)[::-1]


def _folded(text: str) -> str:
    return "".join(_plain(sign) for sign in unicodedata.normalize("NFC", text))


def _plain(sign: str) -> str:
    """A sign without case and accents; an accent that stands alone stays what it is."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).upper().casefold())
    plain = "".join(part for part in decomposed if not unicodedata.combining(part)).strip()
    return plain or ("" if unicodedata.combining(sign) else sign)


def _without_spaces(text: str) -> str:
    return "".join(_folded(text).split())


def _letters_and_digits(text: str) -> str:
    return "".join(sign for sign in _folded(text) if sign.isalnum())
