"""What can be wrong with an entry or a head of the audit (OPS-7, U3)."""

from dataclasses import dataclass

from services.identity.domain.audit import Entry, Head, Tail, digest_of, position


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first thing that is wrong: where, and what."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it is stored, and whether a key of ours signed just that."""

    head: Head
    genuine: bool


def entry_fault(tail: Tail, entry: Entry) -> Wrong | None:
    """What is wrong with an entry that should follow ``tail``."""
    if entry.seq != tail.seq + 1:
        return Wrong(position(tail.day, tail.seq + 1), f"missing; the next one there is {entry.position}")
    if tail.closed:
        return Wrong(entry.position, "added after the day was closed")
    if entry.previous != tail.digest:
        return Wrong(entry.position, "does not follow the one before it")
    computed = digest_of(
        day=entry.day, seq=entry.seq, act=entry.act, recorded_at=entry.recorded_at, previous=entry.previous
    )
    return None if computed == entry.digest else Wrong(entry.position, "was changed")


def head_fault(signed: SignedHead | None, tail: Tail, *, previous: str, due: bool) -> Wrong | None:
    """What is wrong with the head of a day whose entries end at ``tail``.

    Args:
        signed: The head, where there is one.
        tail: The last entry of the day.
        previous: Digest of the head of the day before.
        due: There must be a head by now.
    """
    place = f"head of {tail.day.isoformat()}"
    if signed is None:
        return Wrong(place, "missing") if due or tail.closed else None
    head = signed.head
    if not signed.genuine:
        return Wrong(place, "is not signed by a key of ours")
    if head.previous != previous:
        return Wrong(place, "does not follow the head before it")
    if head.entries > tail.seq:
        return Wrong(position(head.day, tail.seq + 1), f"missing; the signed head counts {head.entries} entries")
    if (head.entries, head.last) != (tail.seq, tail.digest):
        return Wrong(place, f"does not match the {tail.seq} entries of its day")
    return None
