"""The life of a deposit file and of its items."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.banking.domain.deposit_file import (
    DepositFile,
    FileEmpty,
    FileState,
    IllegalTransition,
    ItemRepeated,
    ItemUnknown,
    WrittenContentDiffers,
    WrittenFile,
    WrittenTotalsDiffer,
)
from services.banking.domain.deposit_item import (
    DepositItem,
    ItemAlreadyDecided,
    ItemAmountInvalid,
    ItemState,
    cross_reference_of,
)

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


def an_item(**changes: Any) -> DepositItem:
    values: dict[str, Any] = {"amount_cents": 369_010, "batch_number": "00012345"} | changes
    payment_id = values.pop("payment_id", str(uuid4()))
    return DepositItem.planned(payment_id, values.pop("payee_id", str(uuid4())), **values)


def a_file(*items: DepositItem) -> DepositFile:
    return DepositFile.reserve(
        str(uuid4()),
        str(uuid4()),
        file_number=42,
        creation_date=date(2026, 11, 20),
        items=items or (an_item(), an_item()),
        at=NOW,
    )


def proof_of(file: DepositFile, **changes: Any) -> WrittenFile:
    values: dict[str, Any] = {
        "sha256": "ab" * 32,
        "byte_count": 4398,
        "count": file.count,
        "total_cents": file.total_cents,
    }
    return WrittenFile(**(values | changes))


def a_written_file(*items: DepositItem) -> DepositFile:
    file = a_file(*items)
    return file.mark_written(proof_of(file), at=NOW)


def a_sent_file(*items: DepositItem) -> DepositFile:
    return a_written_file(*items).mark_sent(at=NOW)


def a_settled_file() -> DepositFile:
    item = an_item()
    return a_sent_file(item).settle_item(item.cross_reference, at=LATER).file


def an_abandoned_file() -> DepositFile:
    return a_file().abandon(at=NOW)


@pytest.mark.req("BNK-5")
@given(st.text())
def test_a_cross_reference_is_nineteen_safe_characters_and_always_the_same(payment_id: str):
    reference = cross_reference_of(payment_id)
    assert len(reference) == 19
    assert set(reference) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert reference == cross_reference_of(payment_id)


@pytest.mark.req("BNK-5")
def test_the_cross_reference_of_a_payment_never_changes_between_versions():
    # A literal: files that are already at the bank come back with references made by older versions.
    assert cross_reference_of("01935f6e-7c00-7000-8000-000000000001") == "W3BSPAFOBYJWXI3UIKK"


@pytest.mark.req("BNK-5")
def test_different_payments_have_different_cross_references():
    assert len({cross_reference_of(str(number)) for number in range(10_000)}) == 10_000


@pytest.mark.req("BNK-4")
def test_a_file_goes_from_reserved_to_settled():
    first, second = an_item(amount_cents=100), an_item(amount_cents=250)
    reserved = a_file(first, second)
    assert (reserved.state, reserved.count, reserved.total_cents) == (FileState.RESERVED, 2, 350)
    written = reserved.mark_written(proof_of(reserved), at=NOW)
    assert (written.state, written.written) == (FileState.WRITTEN, proof_of(reserved))
    sent = written.mark_sent(at=NOW)
    assert (sent.state, sent.sent_at) == (FileState.SENT, NOW)
    half = sent.settle_item(first.cross_reference, at=LATER).file
    assert (half.state, half.closed_at) == (FileState.SENT, None)
    done = half.return_item(second.cross_reference, reason=905, at=LATER).file
    assert (done.state, done.closed_at) == (FileState.SETTLED, LATER)
    assert [(item.state, item.return_reason) for item in done.items] == [
        (ItemState.SETTLED, None),
        (ItemState.RETURNED, 905),
    ]


@pytest.mark.req("BNK-4")
def test_a_step_leaves_the_earlier_version_as_it_was():
    sent = a_sent_file()
    sent.settle_item(sent.items[0].cross_reference, at=LATER)
    assert sent.items[0].state is ItemState.PENDING


STEPS: dict[str, Callable[[DepositFile], object]] = {
    "write": lambda file: file.mark_written(proof_of(file), at=NOW),
    "send": lambda file: file.mark_sent(at=NOW),
    "abandon": lambda file: file.abandon(at=NOW),
    "settle": lambda file: file.settle_item(file.items[0].cross_reference, at=NOW),
    "return": lambda file: file.return_item(file.items[0].cross_reference, reason=905, at=NOW),
}


@pytest.mark.req("BNK-4")
@pytest.mark.parametrize(
    ("make", "refused"),
    [
        (a_file, ["send", "settle", "return"]),
        (a_written_file, ["settle", "return"]),
        (a_sent_file, ["write", "send", "abandon"]),
        (a_settled_file, ["write", "send", "abandon"]),
        (an_abandoned_file, ["write", "send", "abandon", "settle", "return"]),
    ],
)
def test_a_step_out_of_order_is_refused(make: Callable[[], DepositFile], refused: list[str]):
    for step in refused:
        file = make()
        with pytest.raises(IllegalTransition) as refusal:
            STEPS[step](file)
        assert refusal.value.params == {"state": file.state.value, "step": step}


@pytest.mark.req("BNK-4")
def test_a_file_may_be_abandoned_until_it_is_sent():
    assert a_file().abandon(at=NOW).state is FileState.ABANDONED
    abandoned = a_written_file().abandon(at=NOW)
    assert (abandoned.state, abandoned.closed_at) == (FileState.ABANDONED, NOW)


@pytest.mark.req("BNK-4")
def test_writing_the_same_bytes_again_changes_nothing():
    file = a_written_file()
    assert file.mark_written(proof_of(file), at=LATER) is file


@pytest.mark.req("BNK-4")
@pytest.mark.parametrize("change", [{"sha256": "cd" * 32}, {"byte_count": 1}])
def test_writing_other_bytes_under_the_same_number_is_refused(change: dict[str, Any]):
    file = a_written_file()
    with pytest.raises(WrittenContentDiffers):
        file.mark_written(proof_of(file, **change), at=LATER)


@pytest.mark.req("BNK-4")
@pytest.mark.parametrize("change", [{"count": 1}, {"total_cents": 1}])
def test_a_file_that_does_not_hold_what_was_reserved_is_refused(change: dict[str, int]):
    file = a_file()
    with pytest.raises(WrittenTotalsDiffer):
        file.mark_written(proof_of(file, **change), at=NOW)


@pytest.mark.req("BNK-4")
def test_a_file_without_items_is_refused():
    with pytest.raises(FileEmpty):
        DepositFile.reserve("f", "r", file_number=1, creation_date=date(2026, 1, 5), items=(), at=NOW)


@pytest.mark.req("BNK-4")
def test_a_payment_stands_in_a_file_once():
    with pytest.raises(ItemRepeated):
        a_file(an_item(payment_id="p1"), an_item(), an_item(payment_id="p1"))


@pytest.mark.req("BNK-4")
@pytest.mark.parametrize("amount", [0, -1])
def test_an_item_is_of_at_least_one_cent(amount: int):
    with pytest.raises(ItemAmountInvalid):
        an_item(amount_cents=amount)


@pytest.mark.req("BNK-5")
@pytest.mark.parametrize("step", ["settle", "return"])
def test_a_second_report_of_the_same_outcome_has_no_effect_and_says_so(step: str):
    def report(file: DepositFile, at: datetime):
        reference = file.items[0].cross_reference
        if step == "settle":
            return file.settle_item(reference, at=at)
        return file.return_item(reference, reason=905 if at == NOW else 912, at=at)

    for file in (a_sent_file(), a_sent_file(an_item())):
        first = report(file, NOW)
        assert [change.was_applied for change in first.changes] == [True]
        second = report(first.file, LATER)
        assert [change.was_applied for change in second.changes] == [False]
        assert second.file is first.file
        assert second.file.items[0].decided_at == NOW


@pytest.mark.req("BNK-5")
def test_what_was_settled_may_come_back_and_what_came_back_is_not_settled():
    file = a_sent_file()
    paid, bounced = (item.cross_reference for item in file.items)
    file = file.settle_item(paid, at=NOW).file.return_item(bounced, reason=902, at=NOW).file
    with pytest.raises(ItemAlreadyDecided) as refusal:
        file.settle_item(bounced, at=LATER)
    assert refusal.value.params == {"cross_reference": bounced, "state": "returned"}
    change = file.return_item(paid, reason=905, at=LATER)
    assert [one.was_applied for one in change.changes] == [True]
    assert [(item.state, item.return_reason) for item in change.file.items] == [("returned", 905), ("returned", 902)]
    with pytest.raises(ItemAlreadyDecided):
        change.file.settle_item(paid, at=LATER)


@pytest.mark.req("BNK-5")
def test_an_unknown_cross_reference_is_refused():
    with pytest.raises(ItemUnknown) as refusal:
        a_sent_file().settle_item("UNKNOWN", at=NOW)
    assert refusal.value.params == {"cross_reference": "UNKNOWN"}


@pytest.mark.req("BNK-5")
def test_many_items_are_decided_in_one_step():
    file = a_sent_file(*(an_item() for _ in range(50)))
    references = [item.cross_reference for item in file.items]
    change = file.settle_items(tuple(references[:49]), at=NOW)
    assert len(change.changes) == 49
    done = change.file.return_items({references[49]: 914}, at=LATER).file
    assert done.state is FileState.SETTLED
    assert done.items[49].return_reason == 914


@pytest.mark.req("BNK-5")
def test_when_one_of_many_is_refused_none_is_decided():
    file = a_sent_file()
    with pytest.raises(ItemUnknown):
        file.settle_items((file.items[0].cross_reference, "UNKNOWN"), at=NOW)
    assert {item.state for item in file.items} == {ItemState.PENDING}
