"""REG-4: the policy ``source``."""

from datetime import date

import pytest

from services.identity.common_passwords import common_passwords
from services.identity.domain.errors import (
    PasswordCommonError,
    PasswordPersonalError,
    PasswordTooLongError,
    PasswordTooShortError,
    PasswordTooSimpleError,
)
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from shared.errors import Rejected

pytestmark = pytest.mark.req("REG-4")

POLICY = PasswordPolicy(common_passwords())
OWN = personal_data(
    email="jean.tremblay+sante@example.org", numbers=("C0042-7", "998877665"), birth_date=date(1980, 2, 29)
)


@pytest.mark.parametrize(
    "password", ["Tortue-Verte-88", "aB3" + "x" * 125, "ça va Bien", "abc DEF ghi", "éÉ1éÉ1éÉ1", "Ab1Ab1Xz"]
)
def test_good_passwords_are_accepted(password: str) -> None:
    POLICY.check(password, personal=OWN)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("Ab1-xyz", PasswordTooShortError),
        ("aB3" + "x" * 126, PasswordTooLongError),
        ("tortueverte", PasswordTooSimpleError),
        ("tortueverte88", PasswordTooSimpleError),
        ("TORTUE VERTE", PasswordTooSimpleError),
        ("Password1", PasswordCommonError),
        ("Assurance2026!", PasswordCommonError),
        ("Santé-2026", PasswordCommonError),
        ("xxTREMBLAY-1", PasswordPersonalError),
        ("Trémblay-88xx", PasswordPersonalError),
        ("aA-998877665", PasswordPersonalError),
        ("No-c0042-7-ok", PasswordPersonalError),
        ("Aa-19800229", PasswordPersonalError),
        ("Aa-29021980", PasswordPersonalError),
    ],
)
def test_a_password_is_refused_for_its_first_fault(password: str, refusal: type[Rejected]) -> None:
    with pytest.raises(refusal) as refused:
        POLICY.check(password, personal=OWN)
    assert password not in str(refused.value)


def test_the_list_holds_at_least_three_thousand_common_passwords() -> None:
    assert len(common_passwords()) >= 3_000
    assert "password1" in common_passwords()


def test_short_pieces_of_personal_data_do_not_matter() -> None:
    POLICY.check("Li-Tortue-88", personal=personal_data(email="li@example.org", numbers=("88",)))


def test_accents_typed_on_another_keyboard_give_the_same_password() -> None:
    assert normalised("e\u0301te\u0301-\ufb01n") == normalised("\u00e9t\u00e9-fin")
