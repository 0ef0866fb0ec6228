"""Bank accounts for direct deposit (BNK-1), so built that the number does not leak by accident (BNK-2).

An account is given in three boxes: transit (5 digits), institution (3) and account (1 to 12, leading zeros
kept). There is no national check digit; only length hints of some institutions exist, and they are warnings,
never refusals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.banking.domain.institutions import INSTITUTIONS, Institution
from shared.errors import Rejected

_TRANSIT = re.compile(r"[0-9]{5}")
_INSTITUTION = re.compile(r"[0-9]{3}")
_ACCOUNT = re.compile(r"[0-9]{1,12}")
_SHOWN_DIGITS = 3
_TRANSIT_DIGITS = 5
_MASK = "*" * 5


class TransitInvalid(Rejected):
    """The transit is not 5 digits."""

    def __init__(self) -> None:
        super().__init__("banking.transit_invalid", field="transit")


class InstitutionInvalid(Rejected):
    """The institution is not 3 digits."""

    def __init__(self) -> None:
        super().__init__("banking.institution_invalid", field="institution")


class InstitutionUnknown(Rejected):
    """The institution is not in the list."""

    def __init__(self, institution: str) -> None:
        super().__init__("banking.institution_unknown", field="institution", institution=institution)


class AccountInvalid(Rejected):
    """The account is not 1 to 12 digits."""

    def __init__(self) -> None:
        super().__init__("banking.account_invalid", field="account")


@dataclass(frozen=True, slots=True, repr=False)
class BankAccountNumber:
    """An account number of 1 to 12 digits, leading zeros kept.

    ``str``, ``repr`` and formatting give the masked form.

    Raises:
        AccountInvalid: anything else than 1 to 12 digits.
    """

    digits: str

    def __post_init__(self) -> None:
        """Refuse what is not an account number, without repeating it."""
        if not _ACCOUNT.fullmatch(self.digits):
            raise AccountInvalid

    @property
    def masked(self) -> str:
        """The last three digits behind five stars; stars alone when three digits would be all of it."""
        return _MASK + (self.digits[-_SHOWN_DIGITS:] if len(self.digits) > _SHOWN_DIGITS else "")

    def __str__(self) -> str:
        """The masked form."""
        return self.masked

    def __repr__(self) -> str:
        """The masked form."""
        return f"BankAccountNumber({self.masked})"


@dataclass(frozen=True, slots=True)
class AccountWarning:
    """An account that may have been mistyped. The payee may keep it.

    Attributes:
        code: key of the bilingual message.
        institution: whose rule of thumb it is.
        usual_lengths: such as ``"7"`` or ``"7, 12"``.
        usual_transits: such as ``"10…"``, what the transits of the institution begin with.
    """

    code: str
    field: str
    institution: str
    usual_lengths: str = ""
    usual_transits: str = ""


@dataclass(frozen=True, slots=True)
class DirectDeposit:
    """Where a payee is paid: transit, institution, account. Build it with ``of`` from what was typed."""

    transit: str
    institution: str
    account: BankAccountNumber

    @classmethod
    def of(
        cls,
        transit: str,
        institution: str,
        *,
        account: str,
        institutions: Mapping[str, Institution] = INSTITUTIONS,
    ) -> "DirectDeposit":
        """Check the three boxes.

        Raises:
            TransitInvalid, InstitutionInvalid, InstitutionUnknown, AccountInvalid: the first box that is
                wrong.
        """
        errors = box_errors(transit, institution, account=account, institutions=institutions)
        if errors:
            raise errors[0]
        return cls(transit, institution, BankAccountNumber(account))

    @property
    def routing(self) -> str:
        """Electronic routing number ``0YYYXXXXX``: zero, institution, transit."""
        return f"0{self.institution}{self.transit}"

    @property
    def masked(self) -> str:
        """What screens show: the account without its first digits."""
        return self.account.masked


def box_errors(
    transit: str,
    institution: str,
    *,
    account: str,
    institutions: Mapping[str, Institution] = INSTITUTIONS,
) -> tuple[Rejected, ...]:
    """Every error of the three boxes, at most one for each, for a form that shows them together."""
    errors: list[Rejected] = []
    if not _TRANSIT.fullmatch(transit):
        errors.append(TransitInvalid())
    if not _INSTITUTION.fullmatch(institution):
        errors.append(InstitutionInvalid())
    elif institution not in institutions:
        errors.append(InstitutionUnknown(institution))
    if not _ACCOUNT.fullmatch(account):
        errors.append(AccountInvalid())
    return tuple(errors)


def account_warnings(
    deposit: DirectDeposit,
    *,
    institutions: Mapping[str, Institution] = INSTITUTIONS,
    is_branch_known: bool = True,
) -> tuple[AccountWarning, ...]:
    """Hints that the details do not look like those of their institution, in the order of the boxes."""
    number, institution = deposit.institution, institutions.get(deposit.institution)
    found: list[AccountWarning] = []
    if not is_branch_known:
        found.append(AccountWarning("banking.branch_not_listed", "transit", number))
    if institution is None:
        return tuple(found)
    if institution.transits and not deposit.transit.startswith(institution.transits):
        usual = ", ".join(one if len(one) == _TRANSIT_DIGITS else f"{one}…" for one in institution.transits)
        found.append(AccountWarning("banking.transit_unusual", "transit", number, usual_transits=usual))
    if institution.account_lengths and len(deposit.account.digits) not in institution.account_lengths:
        usual = ", ".join(map(str, institution.account_lengths))
        found.append(AccountWarning("banking.account_length_unusual", "account", number, usual_lengths=usual))
    return tuple(found)
