"""Files are written and checked as they go: what is kept of a payment is a few bytes of its cross-reference."""

import hashlib
import io
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.banking.domain.cpa005 import CreditPayment, FileTotals, check_file, write_file
from services.banking.domain.cpa005.references import References
from tests.unit.banking.builders import a_payment, a_profile, an_identity, rules

pytestmark = pytest.mark.req("BNK-4")

T = TypeVar("T")

FEW, MANY = 2_000, 20_000
BYTES_FOR_A_REFERENCE = 40
"""At the moment when the table doubles there are two of them."""


def many_payments(count: int) -> Iterator[CreditPayment]:
    return (a_payment(cross_reference=f"PAYMENT-{number:09d}", amount_cents=number) for number in range(1, count + 1))


def peak_of(work: Callable[[], T]) -> tuple[T, int]:
    tracemalloc.start()
    try:
        result = work()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def written_to(path: Path, count: int) -> FileTotals:
    with path.open("wb") as out:
        return write_file(many_payments(count), out, profile=a_profile(), identity=an_identity())


@pytest.mark.wide
def test_ten_times_the_payments_need_a_few_bytes_for_each_and_not_the_file(tmp_path: Path):
    peaks = {}
    written_to(tmp_path / "warm.cpa", 10)
    for count in (FEW, MANY):
        path = tmp_path / f"{count}.cpa"
        totals, writing = peak_of(partial(written_to, path, count))
        assert (totals.count, totals.total_cents) == (count, count * (count + 1) // 2)
        with path.open("rb") as source:
            report, checking = peak_of(partial(check_file, source, rules=rules()))
        assert (report.violation_count, report.counted) == (0, totals.totals)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == totals.sha256
        peaks[count] = (writing, checking)
    size = (tmp_path / f"{MANY}.cpa").stat().st_size
    for few, many in zip(peaks[FEW], peaks[MANY], strict=True):
        assert many - few < BYTES_FOR_A_REFERENCE * (MANY - FEW)
        assert many < size / 4


@given(st.lists(st.text(max_size=3)))
def test_references_tell_new_ones_from_known_ones(texts: list[str]):
    references, known = References(), set[str]()
    for text in texts:
        assert references.add(text) is (text not in known)
        known.add(text)


def test_references_stay_known_while_their_table_grows():
    references = References()
    assert all(references.add(f"R{number}") for number in range(5_000))
    assert not any(references.add(f"R{number}") for number in range(5_000))


def test_the_last_payment_of_a_large_file_may_not_repeat_the_first():
    out = io.BytesIO()
    payments = [*many_payments(1_500), a_payment(cross_reference="PAYMENT-000000001")]
    with pytest.raises(Exception, match="cross_reference_repeated"):
        write_file(payments, out, profile=a_profile(), identity=an_identity())
