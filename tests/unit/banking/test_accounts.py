"""Direct deposit in three boxes, masked everywhere."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.banking.domain.accounts import (
    AccountInvalid,
    BankAccountNumber,
    DirectDeposit,
    InstitutionInvalid,
    InstitutionUnknown,
    TransitInvalid,
    account_warnings,
    box_errors,
)
from services.banking.domain.institutions import INSTITUTIONS, Institution
from shared.errors import Rejected

DIGITS = st.characters(codec="ascii", categories=["Nd"])


def a_deposit(**changes: str) -> DirectDeposit:
    values = {"transit": "30123", "institution": "815", "account": "1234567"} | changes
    return DirectDeposit.of(values["transit"], values["institution"], account=values["account"])


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize("account", ["1", "0", "0000001", "000000000000", "123456789012"])
def test_an_account_keeps_its_leading_zeros(account: str):
    assert a_deposit(account=account).account.digits == account


@pytest.mark.req("BNK-1")
def test_the_routing_number_is_a_zero_the_institution_and_the_transit():
    assert a_deposit(transit="00012", institution="003").routing == "000300012"


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize(
    ("box", "value", "error"),
    [
        ("transit", "", TransitInvalid),
        ("transit", "3012", TransitInvalid),
        ("transit", "301234", TransitInvalid),
        ("transit", "30 23", TransitInvalid),
        ("transit", "30123\n", TransitInvalid),
        ("transit", "३०१२३", TransitInvalid),
        ("institution", "15", InstitutionInvalid),
        ("institution", "0815", InstitutionInvalid),
        ("institution", "81A", InstitutionInvalid),
        ("institution", "000", InstitutionUnknown),
        ("institution", "999", InstitutionUnknown),
        ("account", "", AccountInvalid),
        ("account", "1234567890123", AccountInvalid),
        ("account", "123-456", AccountInvalid),
        ("account", "123 456", AccountInvalid),
    ],
)
def test_each_box_has_its_own_error(box: str, value: str, error: type[Rejected]):
    with pytest.raises(error) as refusal:
        a_deposit(**{box: value})
    assert refusal.value.params["field"] == box


@pytest.mark.req("BNK-1")
def test_a_form_gets_the_errors_of_all_boxes_at_once():
    errors = box_errors("1", "2", account="x")
    assert [type(error) for error in errors] == [TransitInvalid, InstitutionInvalid, AccountInvalid]
    assert box_errors("30123", "815", account="1234567") == ()


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize(
    ("institution", "account", "usual"),
    [
        ("001", "123456", "7"),
        ("002", "12345678", "7, 12"),
        ("614", "1234567", "10"),
        ("815", "123456", "7"),
        ("828", "1234", "5, 6, 7, 8, 9, 10, 11, 12"),
    ],
)
def test_an_unusual_length_is_a_warning_and_never_an_error(institution: str, account: str, usual: str):
    transit = "00152" if institution == "614" else "30123"
    (warning,) = account_warnings(a_deposit(institution=institution, transit=transit, account=account))
    assert (warning.field, warning.institution, warning.usual_lengths) == ("account", institution, usual)


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize(
    ("institution", "account"), [("001", "1234567"), ("002", "123456789012"), ("010", "12"), ("039", "1")]
)
def test_a_usual_length_or_an_institution_without_one_gives_no_warning(institution: str, account: str):
    assert account_warnings(a_deposit(institution=institution, account=account)) == ()


@pytest.mark.req("BNK-1")
def test_the_list_of_institutions_can_be_replaced():
    directory = {"998": Institution("998", "Test Bank", "Banque d'essai", (3,))}
    deposit = DirectDeposit.of("30123", "998", account="1234", institutions=directory)
    assert [w.usual_lengths for w in account_warnings(deposit, institutions=directory)] == ["3"]
    assert account_warnings(deposit) == ()


@pytest.mark.req("BNK-1")
def test_the_built_in_list_is_well_formed():
    assert {"001", "002", "003", "004", "006", "010", "815", "853"} <= INSTITUTIONS.keys()
    for number, institution in INSTITUTIONS.items():
        assert number == institution.number
        assert len(number) == 3
        assert number.isdecimal()
        assert bool(institution.name_en) == bool(institution.name_fr)
        assert all(1 <= length <= 12 for length in institution.account_lengths)


@pytest.mark.req("BNK-2")
@pytest.mark.parametrize(
    ("digits", "masked"),
    [("1234567", "*****567"), ("123456789012", "*****012"), ("1234", "*****234"), ("123", "*****"), ("7", "*****")],
)
def test_screens_show_the_last_three_digits_and_not_even_the_length(digits: str, masked: str):
    assert BankAccountNumber(digits).masked == masked
    assert a_deposit(account=digits).masked == masked


@pytest.mark.req("BNK-2")
@given(st.text(DIGITS, min_size=4, max_size=12))
def test_no_ordinary_way_of_printing_an_account_shows_more_than_three_digits(digits: str):
    deposit = DirectDeposit("30123", "815", BankAccountNumber(digits))
    hidden = f"*****{digits[-3:]}"
    account: Any = deposit.account
    for shown in (repr(account), str(account), f"{account}", f"{account!r:>40}", "%s" % account):  # noqa: UP031
        assert shown.replace("BankAccountNumber", "").strip(" ()") == hidden
    assert repr(deposit) == (f"DirectDeposit(transit='30123', institution='815', account=BankAccountNumber({hidden}))")


@pytest.mark.req("BNK-2")
@pytest.mark.parametrize("account", ["98765432101234", "9876-543"])
def test_a_refused_account_is_not_repeated_in_the_error(account: str):
    with pytest.raises(AccountInvalid) as refusal:
        BankAccountNumber(account)
    assert "9876" not in f"{refusal.value!r} {refusal.value} {refusal.value.params} {refusal.value.args}"


@pytest.mark.req("BNK-2")
def test_accounts_compare_by_their_digits():
    assert BankAccountNumber("0123") == BankAccountNumber("0123")
    assert BankAccountNumber("0123") != BankAccountNumber("123")
    assert pickle.loads(pickle.dumps(BankAccountNumber("0123"))).digits == "0123"  # noqa: S301
