"""Codes of CPA Standard 007: transaction types and return reasons, in our own wording, both languages."""

from dataclasses import dataclass
from types import MappingProxyType

HEALTH_DENTAL_CLAIM = 336
"""Default transaction type of our credits: health or dental claim insurance."""


@dataclass(frozen=True, slots=True)
class CodeWording:
    """A code of three digits and what it means."""

    code: int
    en: str
    fr: str


def _table(*rows: tuple[int, str, str]) -> MappingProxyType[int, CodeWording]:
    return MappingProxyType({code: CodeWording(code, en, fr) for code, en, fr in rows})


TRANSACTION_TYPES = _table(
    (200, "Payroll", "Paie"),
    (330, "Insurance", "Assurance"),
    (331, "Life insurance", "Assurance vie"),
    (332, "Automobile insurance", "Assurance automobile"),
    (333, "Property insurance", "Assurance de biens"),
    (334, "Casualty insurance", "Assurance risques divers"),
    (335, "Mortgage insurance", "Assurance hypothécaire"),
    (336, "Health or dental claim", "Prestation de soins de santé ou dentaires"),
    (450, "Miscellaneous payment", "Paiement divers"),
    (452, "Expense payment", "Remboursement de dépenses"),
    (453, "Correction of a bill payment", "Correction d'un paiement de facture"),
    (460, "Accounts payable", "Comptes fournisseurs"),
    (470, "Fees or dues", "Frais ou cotisations"),
    (600, "Provincial or local government payment", "Paiement d'un gouvernement provincial ou local"),
    (606, "Workers' compensation", "Indemnité d'accident du travail"),
    (609, "Health care premium", "Cotisation à l'assurance maladie"),
    (702, "Commercial insurance", "Assurance des entreprises"),
    (729, "Commercial accounts payable", "Comptes fournisseurs des entreprises"),
)
"""Those that a health-benefit insurer meets; ``is_transaction_type`` knows all."""

# fmt: off
_SPANS = (
    # pre-authorized
    (200, 207), (229, 233), (240, 240), (250, 252), (260, 261), (265, 266), (271, 274), (280, 281), (330, 336),
    (350, 356), (370, 373), (380, 386), (400, 405), (420, 420), (430, 439), (450, 453), (460, 460), (470, 470),
    (480, 480), (599, 599),
    # federal
    (300, 303), (308, 313), (315, 325), (329, 329),
    # provincial and local
    (600, 617), (620, 620),
    # commercial
    (700, 731), (749, 749),
)
# fmt: on
_PAYMENT_CODES = frozenset(code for first, last in _SPANS for code in range(first, last + 1))

RETURN_REASONS = _table(
    (900, "Refused by the bank's edits", "Rejeté par les contrôles de la banque"),
    (901, "Not enough funds", "Provision insuffisante"),
    (902, "Account not found", "Compte introuvable"),
    (903, "Payment stopped or recalled", "Paiement arrêté ou rappelé"),
    (904, "Post-dated or too old", "Postdaté ou périmé"),
    (905, "Account closed", "Compte fermé"),
    (907, "No debit allowed on the account", "Débit interdit sur ce compte"),
    (908, "Funds not cleared", "Fonds non compensés"),
    (909, "Account in another currency", "Compte dans une autre devise"),
    (910, "Account holder deceased", "Titulaire décédé"),
    (911, "Account frozen", "Compte bloqué"),
    (912, "Account number not valid", "Numéro de compte non valide"),
    (914, "Name does not match the account", "Nom différent de celui du compte"),
    (915, "Customer: no agreement", "Client : aucun accord"),
    (916, "Customer: not as agreed (personal)", "Client : non conforme à l'accord (particulier)"),
    (917, "Customer: agreement revoked (personal)", "Client : accord révoqué (particulier)"),
    (918, "Customer: no advance notice (personal)", "Client : sans préavis (particulier)"),
    (919, "Customer: not as agreed (business)", "Client : non conforme à l'accord (entreprise)"),
    (920, "Customer: agreement revoked (business)", "Client : accord révoqué (entreprise)"),
    (921, "Customer: no advance notice (business)", "Client : sans préavis (entreprise)"),
    (922, "Returned at the customer's request", "Retourné à la demande du client"),
    (990, "Institution in default", "Institution en défaut"),
)

_RETURN_RANGE = range(900, 1000)


def is_transaction_type(code: int) -> bool:
    """Whether Standard 007 gives ``code`` to a kind of payment."""
    return code in _PAYMENT_CODES


def is_return_reason(code: int) -> bool:
    """Whether ``code`` is of the 9xx family, also without wording here: a return must not be lost for that."""
    return code in _RETURN_RANGE


def return_reason(code: int) -> CodeWording:
    """Wording of a return reason, a general one when the code has none of its own."""
    return RETURN_REASONS.get(code) or CodeWording(code, "Returned by the bank", "Retourné par la banque")
