"""Warnings about bank details in the words of the payee: what looks unusual, never a refusal (BNK-1)."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.banking.domain.accounts import AccountWarning
from services.banking.domain.institutions import Institution
from shared.contracts.banking import AccountHint

_USUAL_FR: Final = "Vérifiez le vôtre : s’il est exact, il n’y a rien à changer."
_USUAL_EN: Final = "Check yours: if it is right, there is nothing to change."
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "banking.account_length_unusual": (
        "À cette institution ({name}), un numéro de compte a d’habitude {lengths} chiffres. " + _USUAL_FR,
        "At this institution ({name}), an account number usually has {lengths} digits. " + _USUAL_EN,
    ),
    "banking.transit_unusual": (
        "À cette institution ({name}), le numéro de transit est d’habitude {transits}. " + _USUAL_FR,
        "At this institution ({name}), the transit number is usually {transits}. " + _USUAL_EN,
    ),
    "banking.branch_not_listed": (
        "Nous ne trouvons aucune succursale de cette institution ({name}) avec ce transit. " + _USUAL_FR,
        "We find no branch of this institution ({name}) with this transit. " + _USUAL_EN,
    ),
}
"""French and English, by code."""


def hints(
    warnings: Iterable[AccountWarning], *, institutions: Mapping[str, Institution], language: str
) -> tuple[AccountHint, ...]:
    """The warnings as a payee reads them; they name the institution and never what was typed."""
    return tuple(_hint(warning, institutions=institutions, language=language) for warning in warnings)


def _hint(warning: AccountWarning, *, institutions: Mapping[str, Institution], language: str) -> AccountHint:
    french, english = _WORDS[warning.code]
    institution = institutions.get(warning.institution, Institution(warning.institution))
    either = " ou " if language == "fr" else " or "
    text = (french if language == "fr" else english).format(
        name=institution.name(language),
        lengths=_listed(warning.usual_lengths, either),
        transits=_listed(warning.usual_transits, either),
    )
    return AccountHint(code=warning.code, box=warning.field, message=text)


def _listed(values: str, either: str) -> str:
    """``"5, 6, 7"`` as ``5, 6 or 7``."""
    *first, last = values.split(", ")
    return either.join((", ".join(first), last)) if first else last
