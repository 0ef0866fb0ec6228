"""Writing deposit files, seen through the independent reader."""

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest

from services.banking.domain.cpa005 import (
    FileNumberReused,
    NothingToWrite,
    PaymentRefused,
    ReadRules,
    RecordType,
    Separator,
    TotalsOverflow,
    read_file,
    write_entries,
)
from tests.support import cpa005_reader as independent
from tests.unit.banking.builders import (
    CREATED,
    a_debit,
    a_payment,
    a_profile,
    a_returned_credit,
    an_identity,
    written,
    written_entries,
)

pytestmark = pytest.mark.req("BNK-4")

A_RECORD = "A0000000010123456789004202632400310                    CAD"
C_RECORD = (
    "C0000000020123456789004233600003690100263270815301231234567     0000000000000000000000000ACME ASSUR     "
    "CLINIQUE DENTAIRE E BELANGER  ACME ASSURANCES COLLECTIVES IN012345678914787568           0003000121004589"
    "                                            00000000000"
)
Z_RECORD = (
    "Z000000003012345678900420000000000000000000000000000003690100000000100000000000000000000000000000000000000000000"
)


def test_the_worked_example_is_reproduced_byte_for_byte():
    data, totals = written(a_payment(cross_reference="14787568"))
    assert len(C_RECORD) == 264
    assert len(Z_RECORD) == 112
    expected = b"".join(f"{record:<1464}\r\n".encode() for record in (A_RECORD, C_RECORD, Z_RECORD))
    assert data == expected
    assert totals.sha256 == hashlib.sha256(expected).hexdigest()
    assert totals.byte_count == len(expected)
    assert (totals.records, totals.count, totals.total_cents) == (3, 1, 369_010)


def test_seven_payments_make_two_records_and_the_trailer_counts_payments():
    data, totals = written(*(a_payment(amount_cents=100 + number) for number in range(7)))
    file = independent.read(data)
    assert file.details == 2
    assert [segment.record_count for segment in file.segments] == ["000000002"] * 6 + ["000000003"]
    assert file.trailer.number_c_i == "00000007"
    assert file.trailer.value_c_i == "00000000000721"
    assert file.trailer.count == "000000004"
    assert (totals.count, totals.total_cents) == (7, 721)


@pytest.mark.parametrize(("per_record", "details"), [(1, 7), (2, 4), (5, 2), (6, 2)])
def test_a_bank_may_want_fewer_payments_in_a_record(per_record: int, details: int):
    data, _ = written(*(a_payment() for _ in range(7)), profile=a_profile(payments_per_record=per_record))
    file = independent.read(data)
    assert file.details == details
    assert len(file.segments) == 7
    assert file.trailer.number_c_i == "00000007"


@pytest.mark.parametrize("separator", list(Separator))
def test_records_end_as_the_bank_wants(separator: Separator):
    data, totals = written(a_payment(), profile=a_profile(separator=separator))
    assert len(data) == totals.byte_count == 3 * (1464 + len(separator.value))
    assert len(independent.read(data, separator.value).segments) == 1


def test_names_are_transliterated_and_a_record_keeps_its_length():
    data, _ = written(
        a_payment(name="Clinique dentaire Éloïse Bélanger-Lœwenstein"),
        profile=a_profile(short_name="Érable", long_name="Assurances Érable inc."),
    )
    (segment,) = independent.read(data).segments
    assert segment.name == "CLINIQUE DENTAIRE ELOISE BELAN"
    assert segment.short_name == "ERABLE         "
    assert segment.long_name == "ASSURANCES ERABLE INC.        "


def test_a_name_cut_after_a_word_does_not_end_in_a_space_of_its_own():
    data, _ = written(a_payment(name="A" * 29 + " BELANGER"))
    (segment,) = independent.read(data).segments
    assert segment.name == "A" * 29 + " "


def test_without_a_returns_account_its_institution_is_zeros_and_its_account_blank():
    data, _ = written(a_payment(), profile=a_profile(returns_to=None))
    (segment,) = independent.read(data).segments
    assert segment.returns_institution == "0" * 9
    assert segment.returns_account == " " * 12


def test_leading_zeros_of_an_account_are_kept():
    data, _ = written(a_payment(account="0012"), a_payment(account="000000000001"))
    assert [segment.account for segment in independent.read(data).segments] == ["0012        ", "000000000001"]


def test_the_smallest_and_the_largest_amount_are_written_whole():
    data, totals = written(a_payment(amount_cents=1), a_payment(amount_cents=9_999_999_999))
    assert [segment.amount for segment in independent.read(data).segments] == ["0000000001", "9999999999"]
    assert totals.total_cents == 10_000_000_000


def test_the_batch_number_travels_in_the_sundry_field():
    data, _ = written(a_payment(sundry="00012345"))
    assert independent.read(data).segments[0].sundry == "00012345       "


@pytest.mark.parametrize(
    ("changes", "code", "field", "position"),
    [
        ({"amount_cents": 0}, "amount_out_of_range", "amount", 268),
        ({"amount_cents": -5}, "amount_out_of_range", "amount", 268),
        ({"amount_cents": 10_000_000_000}, "amount_out_of_range", "amount", 268),
        ({"transaction_type": 905}, "transaction_type_unknown", "transaction_type", 265),
        ({"due_date": CREATED - timedelta(days=31)}, "date_outside_window", "due_date", 278),
        ({"due_date": CREATED + timedelta(days=174)}, "date_outside_window", "due_date", 278),
        ({"routing": "81530123"}, "routing_invalid", "routing", 284),
        ({"routing": "181530123"}, "routing_invalid", "routing", 284),
        ({"routing": "000030123"}, "routing_invalid", "routing", 284),
        ({"routing": "099930123"}, "institution_unknown", "routing", 284),
        ({"account": ""}, "account_invalid", "account", 293),
        ({"account": "123-4567"}, "account_invalid", "account", 293),
        ({"account": "1234567890123"}, "account_invalid", "account", 293),
        ({"account": "१२३"}, "account_invalid", "account", 293),
        ({"name": ""}, "name_blank", "name", 345),
        ({"name": "😀 ☃"}, "name_blank", "name", 345),
        ({"cross_reference": ""}, "cross_reference_invalid", "cross_reference", 415),
        ({"cross_reference": "A" * 20}, "field_too_long", "cross_reference", 415),
        ({"cross_reference": "abc"}, "cross_reference_invalid", "cross_reference", 415),
        ({"sundry": "A" * 16}, "field_too_long", "sundry", 455),
        ({"sundry": "é"}, "character_not_allowed", "sundry", 455),
    ],
)
def test_a_payment_that_breaks_a_rule_is_refused_with_its_place(
    changes: dict[str, Any], code: str, field: str, position: int
):
    identity = an_identity(institutions=frozenset({"815"}))
    with pytest.raises(PaymentRefused) as refusal:
        written(a_payment(), a_payment(**changes), identity=identity)
    assert refusal.value.code == f"banking.cpa005_{code}"
    params = refusal.value.params
    assert (params["payment"], params["record"], params["segment"]) == (2, 2, 2)
    assert (params["field"], params["position"]) == (field, position)


def test_the_place_of_a_refused_payment_counts_the_records_before_it():
    with pytest.raises(PaymentRefused) as refusal:
        written(*(a_payment() for _ in range(8)), a_payment(name=""))
    assert (refusal.value.violation.record, refusal.value.violation.segment) == (3, 3)


def test_a_refusal_shows_neither_the_account_nor_the_name():
    with pytest.raises(PaymentRefused) as refusal:
        written(a_payment(account="98765432101234", name="Zoé Tremblay"))
    shown = f"{refusal.value} {refusal.value.params} {refusal.value.violation!r}"
    assert "98765" not in shown
    assert "Tremblay" not in shown
    assert "9876543" not in repr(a_payment(account="9876543", name="Zoé"))
    assert "Zoé" not in repr(a_payment(account="9876543", name="Zoé"))


def test_a_cross_reference_may_stand_only_once_in_a_file():
    with pytest.raises(PaymentRefused) as refusal:
        written(a_payment(cross_reference="SAME"), a_payment(), a_payment(cross_reference="SAME"))
    assert refusal.value.code == "banking.cpa005_cross_reference_repeated"
    assert refusal.value.params["segment"] == 3


def test_a_file_of_nothing_is_refused():
    with pytest.raises(NothingToWrite):
        written()


def test_a_file_number_that_the_bank_remembers_is_refused_before_anything_is_written():
    out = io.BytesIO()
    identity = an_identity(file_number=5, recent_file_numbers=(5, *range(9991, 10_000)))
    with pytest.raises(FileNumberReused):
        write_entries([], out, profile=a_profile(), identity=identity)
    assert out.getvalue() == b""
    write_entries([], out, profile=a_profile(remembered_file_numbers=9), identity=identity)
    assert independent.read(out.getvalue()).header.number == "0005"


def test_totals_that_the_trailer_cannot_state_are_refused():
    largest = a_returned_credit(amount_cents=9_999_999_999)
    out = io.BytesIO()
    with pytest.raises(TotalsOverflow):
        write_entries((largest for _ in range(10_001)), out, profile=a_profile(), identity=an_identity())


def test_payments_are_taken_one_record_at_a_time():
    out = io.BytesIO()
    sizes = []

    def payments():
        for _ in range(18):
            sizes.append(out.tell())
            yield a_returned_credit()

    write_entries(payments(), out, profile=a_profile(), identity=an_identity())
    assert sizes[0] == 1466
    assert sizes[-1] == 3 * 1466


def test_debits_and_credits_stand_in_records_of_their_own_and_have_totals_of_their_own():
    data, totals = written(a_debit(), a_payment(amount_cents=7), a_debit(amount_cents=1))
    file = independent.read(data)
    assert [(segment.letter, segment.record_count) for segment in file.segments] == [
        ("D", "000000002"),
        ("C", "000000003"),
        ("D", "000000004"),
    ]
    assert (file.segments[0].type_code, file.segments[0].name.rstrip()) == ("702", "PAYOR INC")
    assert (file.trailer.value_d_j, file.trailer.number_d_j) == ("00000000002501", "00000002")
    assert (file.trailer.value_c_i, file.trailer.number_c_i) == ("00000000000007", "00000001")
    assert (totals.count, totals.debit_count) == (1, 2)


def test_what_the_bank_gave_for_its_own_elements_is_written_and_read():
    profile = a_profile(reserved="BANK AREA", settlement_code="07", transmission_line="$$AAPASTD0152[PROD[NL$$")
    data, totals = written(a_payment(), profile=profile)
    line, _, rest = data.partition(b"\r\n")
    assert line == b"$$AAPASTD0152[PROD[NL$$"
    file = independent.read(rest)
    assert (file.header.reserved, file.segments[0].settlement) == ("BANK AREA".ljust(20), "07")
    assert file.trailer.count == "000000003"
    assert totals.sha256 == hashlib.sha256(data).hexdigest()
    assert read_file(io.BytesIO(data), rules=ReadRules.of(profile, near=CREATED)).header.reserved == "BANK AREA"
    assert read_file(io.BytesIO(data), rules=ReadRules(near=CREATED)).trailer.totals == totals.totals


@pytest.mark.req("BNK-5")
def test_returns_go_into_records_of_their_own_letter_and_count_with_the_credits():
    data = written_entries(
        a_returned_credit(amount_cents=10),
        a_returned_credit(amount_cents=20, record_type=RecordType.RETURNED_DEBIT),
        a_returned_credit(amount_cents=40, record_type=RecordType.CREDIT_REVERSAL, transaction_type=336),
        a_returned_credit(amount_cents=80, record_type=RecordType.DEBIT_REVERSAL, transaction_type=336),
        a_returned_credit(amount_cents=160),
    )
    file = independent.read(data)
    assert [segment.letter for segment in file.segments] == ["I", "J", "E", "F", "I"]
    trailer = file.trailer
    assert (trailer.value_c_i, trailer.number_c_i) == ("00000000000170", "00000002")
    assert (trailer.value_d_j, trailer.number_d_j) == ("00000000000020", "00000001")
    assert (trailer.value_e, trailer.number_e) == ("00000000000040", "00000001")
    assert (trailer.value_f, trailer.number_f) == ("00000000000080", "00000001")
    assert file.segments[0].nineteen == "0000000000000000000042"


def test_elements_in_error_are_written_from_the_left():
    data = written_entries(a_returned_credit(invalid_elements=(7, 8)))
    assert independent.read(data).segments[0].invalid == "07080000000"
