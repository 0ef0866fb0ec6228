"""Whatever is written is read back: by the independent reader and by the service's own."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.banking.domain.cpa005 import (
    BankProfile,
    CreditPayment,
    DebitPayment,
    Entry,
    FileIdentity,
    Payment,
    ReadRules,
    RecordType,
    Separator,
    bank_text,
    read_file,
    write_entries,
)
from services.banking.domain.cpa005.dates import encode_date
from tests.support import cpa005_reader as independent
from tests.unit.banking.builders import CREATED, a_profile, an_identity, written

pytestmark = pytest.mark.req("BNK-4")

DIGITS = st.characters(codec="ascii", categories=["Nd"])
references = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=19)
due_dates = st.integers(-30, 173).map(lambda days: CREATED + timedelta(days=days))
routings = st.from_regex(r"0(?!000)[0-9]{8}", fullmatch=True)
accounts = st.text(DIGITS, min_size=1, max_size=12)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(bank_text)

sundries = st.text("ABC0123456789", max_size=15)
payments = st.builds(
    CreditPayment,
    routing=routings,
    account=accounts,
    name=names,
    amount_cents=st.integers(1, 9_999_999_999),
    due_date=due_dates,
    cross_reference=references,
    sundry=sundries,
    transaction_type=st.sampled_from([330, 336, 450, 460]),
)
debits = st.builds(
    DebitPayment,
    routing=routings,
    account=accounts,
    name=names,
    amount_cents=st.integers(1, 9_999_999_999),
    due_date=st.integers(-173, 4).map(lambda days: CREATED + timedelta(days=days)),
    cross_reference=references,
    sundry=sundries,
    transaction_type=st.sampled_from([702, 729]),
)
profiles = st.builds(
    a_profile,
    separator=st.sampled_from(list(Separator)),
    payments_per_record=st.integers(1, 6),
    returns_to=st.sampled_from([None, a_profile().returns_to]),
    currency=st.sampled_from(["CAD", "USD"]),
    reserved=st.sampled_from(["", "BANK AREA"]),
    settlement_code=st.sampled_from(["", "01"]),
)
identities = st.builds(FileIdentity, file_number=st.integers(1, 9999), creation_date=st.just(CREATED))
files = st.lists(payments, min_size=1, max_size=15, unique_by=lambda payment: payment.cross_reference)
mixed_files = st.lists(payments | debits, min_size=1, max_size=15, unique_by=lambda payment: payment.cross_reference)


def trace(first: str) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=21, max_size=21).map(lambda digits: first + digits)


BANK_ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "amount_cents": st.integers(1, 9_999_999_999),
    "due_date": st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    "routing": routings,
    "account": accounts,
    "name": st.just("PAYEE"),
    "cross_reference": references,
    "short_name": st.just("SHORT"),
    "long_name": st.just("LONG NAME"),
    "user_id": st.just("0123456789"),
    "item_trace": trace("6"),
    "stored_transaction_type": st.sampled_from([330, 336, 460]),
    "returns_routing": routings,
    "returns_account": accounts,
    "sundry": st.just("00012345"),
    "original_item_trace": trace("0"),
    "settlement_code": st.sampled_from(["", "01"]),
    "invalid_elements": st.lists(st.integers(4, 20), max_size=5).map(tuple),
}
LETTERS = {
    RecordType.RETURNED_CREDIT: st.integers(900, 999),
    RecordType.RETURNED_DEBIT: st.integers(900, 999),
    RecordType.CREDIT_REVERSAL: st.sampled_from([336, 460, 900]),
    RecordType.DEBIT_REVERSAL: st.sampled_from([702, 729, 901]),
}
"""Records that come from the bank, and what their first element may be."""


def entries_of(letter: RecordType, codes: st.SearchStrategy[int]) -> st.SearchStrategy[Entry]:
    return st.builds(Entry, record_type=st.just(letter), transaction_type=codes, **BANK_ELEMENTS)


bank_entries = st.one_of([entries_of(letter, codes) for letter, codes in LETTERS.items()])


@pytest.mark.wide
@settings(deadline=None)
@given(files, profiles, identities)
def test_the_independent_reader_finds_every_payment_where_the_standard_puts_it(
    run: list[CreditPayment], profile: BankProfile, identity: FileIdentity
):
    data, totals = written(*run, profile=profile, identity=identity)
    file = independent.read(data, profile.separator.value)
    assert file.header.number == f"{identity.file_number:04d}"
    assert (file.header.count, file.header.currency) == ("000000001", profile.currency)
    assert not file.header.rest.strip()
    control = f"{profile.originator_id}{identity.file_number:04d}"
    assert {segment.control for segment in file.segments} == {control} == {file.trailer.control}
    assert file.details == -(-len(run) // profile.payments_per_record)
    for payment, segment in zip(run, file.segments, strict=True):
        assert int(segment.type_code) == payment.transaction_type
        assert int(segment.amount) == payment.amount_cents
        assert segment.due == encode_date(payment.due_date)
        assert segment.institution == payment.routing
        assert segment.account == payment.account.ljust(12)
        assert segment.name.rstrip() == bank_text(payment.name)[:30].rstrip()
        assert segment.cross_reference.rstrip() == payment.cross_reference
        assert segment.sundry.rstrip() == payment.sundry
        assert (segment.trace, segment.stored_type, segment.invalid) == ("0" * 22, "000", "0" * 11)
        assert not segment.nineteen.strip()
        assert segment.settlement.rstrip() == profile.settlement_code
    assert int(file.trailer.number_c_i) == len(run) == totals.count
    assert int(file.trailer.value_c_i) == sum(payment.amount_cents for payment in run) == totals.total_cents
    assert int(file.trailer.count) == file.details + 2 == totals.records
    others = file.trailer.value_d_j + file.trailer.number_d_j + file.trailer.value_e + file.trailer.number_e
    assert int(others + file.trailer.value_f + file.trailer.number_f) == 0
    assert not file.trailer.rest.strip()


@settings(deadline=None)
@given(mixed_files, profiles, identities)
def test_the_own_reader_accepts_what_was_written_and_reads_it_back(
    run: list[Payment], profile: BankProfile, identity: FileIdentity
):
    data, totals = written(*run, profile=profile, identity=identity)
    parsed = read_file(io.BytesIO(data), rules=ReadRules.of(profile, near=CREATED))
    assert parsed.header.file_number == identity.file_number
    assert parsed.header.creation_date == CREATED
    assert parsed.trailer.totals == totals.totals
    for entry, payment in zip(parsed.entries, run, strict=True):
        for name in ("record_type", "transaction_type", "routing", "account", "amount_cents", "due_date"):
            assert getattr(entry, name) == getattr(payment, name)
        assert (entry.cross_reference, entry.sundry) == (payment.cross_reference, payment.sundry)
        assert entry.name == bank_text(payment.name)[:30].rstrip()
    assert {(e.short_name, e.long_name, e.user_id, e.settlement_code) for e in parsed.entries} == {
        (profile.short_name, profile.long_name, profile.originator_id, profile.settlement_code)
    }


@pytest.mark.req("BNK-5")
@settings(deadline=None)
@given(st.lists(bank_entries, max_size=15))
def test_returns_are_read_back_element_by_element(entries: list[Entry]):
    out = io.BytesIO()
    write_entries(entries, out, profile=a_profile(), identity=an_identity())
    parsed = read_file(io.BytesIO(out.getvalue()), rules=ReadRules(near=CREATED))
    assert list(parsed.entries) == entries
