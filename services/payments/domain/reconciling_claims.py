"""From claims to batches: every version's money is payable once, in the ledger once, in a batch once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from services.payments.domain.claim_version import Adjustment, ClaimVersion, book, version_key
from services.payments.domain.ledger import Transfer, adjudication_key
from services.payments.domain.payable import Payable, payable_key
from services.payments.domain.reconciliation import Batch, Difference, Equation, Facts, StoredPayable, StoredTransfer
from shared.money import Cents


class ClaimSide:
    """The first half of a reconciliation."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._versions = {version.key: version for version in facts.versions}
        self._booked = {key: _booking(version, self._versions) for key, version in self._versions.items()}
        self._stored = {stored.payable.key: stored for stored in facts.payables}
        self._transfers = {transfer.key: transfer for transfer in facts.transfers}
        self._items = _items(facts.batches)

    def expected(self) -> Iterator[Payable]:
        """What the versions in question make payable."""
        for key in sorted(self._facts.version_keys & self._booked.keys()):
            yield from self._booked[key].payables

    def stored(self) -> Iterator[StoredPayable]:
        """The payables of these versions as they are stored."""
        for _, stored in sorted(self._stored.items()):
            if version_key(stored.payable.claim_id, stored.payable.version) in self._facts.version_keys:
                yield stored

    def equations(self) -> tuple[Equation, ...]:
        """Adjudicated = payables = in batches + carried over, recoveries deducted."""
        stored = list(self.stored())
        payables = sum(one.payable.amount_cents for one in stored)
        waiting = [one.payable.amount_cents for one in stored if one.run_id is None]
        batched = sum(self._items[one.payable.key][0][1] for one in stored if one.payable.key in self._items)
        return (
            Equation(
                name="claims_to_payables",
                left={"adjudicated": sum(payable.amount_cents for payable in self.expected())},
                right={"payables": payables},
            ),
            Equation(
                name="payables_to_batches",
                left={"payables": payables},
                right={
                    "batched": batched,
                    "carried_over": sum(cents for cents in waiting if cents > 0),
                    "recoveries_waiting": sum(cents for cents in waiting if cents < 0),
                },
            ),
        )

    def differences(self) -> Iterator[Difference]:
        """All of them, versions first."""
        yield from self._of_versions()
        yield from self._of_payables()
        yield from self._of_ledger()
        yield from self._of_items()

    def _of_versions(self) -> Iterator[Difference]:
        for key in sorted(self._facts.version_keys):
            version = self._versions.get(key)
            if version is None:
                yield Difference(kind="version_missing", subject=key, expected_cents=0, found_cents=0)
            elif version.follows and version_key(version.claim.claim_id, version.follows) not in self._versions:
                missing = version_key(version.claim.claim_id, version.follows)
                yield Difference(kind="version_missing", subject=missing, expected_cents=0, found_cents=0)

    def _of_payables(self) -> Iterator[Difference]:
        expected = {payable.key: payable.amount_cents for payable in self.expected()}
        found = {one.payable.key: one.payable.amount_cents for one in self.stored()}
        for key, cents in expected.items():
            if key not in found:
                yield Difference(kind="payable_missing", subject=key, expected_cents=cents, found_cents=0)
            elif found[key] != cents:
                yield Difference(
                    kind="payable_amount_differs", subject=key, expected_cents=cents, found_cents=found[key]
                )
        for key in sorted(found.keys() - expected.keys()):
            yield Difference(kind="payable_without_claim", subject=key, expected_cents=0, found_cents=found[key])

    def _of_ledger(self) -> Iterator[Difference]:
        for key in sorted(self._facts.version_keys):
            adjustment = self._booked.get(key)
            wanted = adjustment.transfer if adjustment else None
            found = self._transfers.get(adjudication_key(key))
            if _legs(wanted) == _legs(found):
                continue
            yield Difference(
                kind="adjudication_differs_in_ledger" if found else "adjudication_not_in_ledger",
                subject=key,
                expected_cents=_moved(wanted),
                found_cents=_moved(found),
            )

    def _of_items(self) -> Iterator[Difference]:
        for stored in self.stored():
            yield from self._of_stored(stored)
        expected = {payable.key for adjustment in self._booked.values() for payable in adjustment.payables}
        for key, items in sorted(self._items.items()):
            for batch, cents in items:
                if batch.run_id in self._facts.run_ids and key not in expected:
                    yield Difference(kind="item_without_claim", subject=key, expected_cents=0, found_cents=cents)

    def _of_stored(self, stored: StoredPayable) -> Iterator[Difference]:
        key, cents = stored.payable.key, stored.payable.amount_cents
        items = self._items.get(key, [])
        paying = [item for batch, item in items if batch.pays]
        if not items and stored.run_id is not None:
            yield Difference(kind="payable_in_no_batch", subject=key, expected_cents=cents, found_cents=0)
        if items and stored.run_id is None:
            yield Difference(
                kind="payable_open_in_batch", subject=key, expected_cents=0, found_cents=sum(i for _, i in items)
            )
        if len(paying) > 1:
            yield Difference(
                kind="payable_in_several_batches", subject=key, expected_cents=cents, found_cents=sum(paying)
            )
        elif items and items[0][1] != cents:
            yield Difference(kind="item_amount_differs", subject=key, expected_cents=cents, found_cents=items[0][1])


def _booking(version: ClaimVersion, versions: Mapping[str, ClaimVersion]) -> Adjustment:
    """The version booked again on the one that it follows, as it must have been booked the first time."""
    before = versions.get(version_key(version.claim.claim_id, version.follows))
    adjustment = book(version.claim, before.head if before else None, at=version.recorded_at)
    return adjustment or Adjustment(version=version, payables=(), transfer=None)


def _items(batches: Sequence[Batch]) -> Mapping[str, Sequence[tuple[Batch, Cents]]]:
    """Where each payable stands, batches that pay first."""
    items: dict[str, list[tuple[Batch, Cents]]] = defaultdict(list)
    for batch in sorted(batches, key=lambda batch: not batch.pays):
        for item in batch.items:
            key = payable_key(item.claim_id, item.version, batch.payee_id)
            items[key].append((batch, item.amount_cents))
    return dict(items)


def _legs(transfer: Transfer | StoredTransfer | None) -> frozenset[tuple[str, Cents]]:
    if transfer is None:
        return frozenset()
    return frozenset((posting.account.name, posting.amount_cents) for posting in transfer.postings)


def _moved(transfer: Transfer | StoredTransfer | None) -> Cents:
    return sum(posting.amount_cents for posting in transfer.postings if posting.amount_cents > 0) if transfer else 0
