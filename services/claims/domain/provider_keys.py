"""Under which keys a service may have been claimed before, whatever its provider was called then (CLM-2, CLM-8).

A claim keeps the provider as it was submitted. Its fingerprints are made under the first of the provider's keys, the
id that it has today; they are looked for under all of them: ids that were merged into it, its telephone and its name as
members type them. So neither a merge nor choosing in the directory who was typed before lets a service be paid twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.claims.domain.bilingual import folded
from services.claims.domain.directory import DirectoryEntry
from services.claims.domain.facts import ClaimFacts, Provider, fingerprint
from services.claims.domain.provider_phone import digits_typed, e164

Keys = tuple[str, ...]
"""Keys of one provider; new fingerprints are made under the first."""


def keys_of_entry(entry: DirectoryEntry, aliases: Sequence[DirectoryEntry]) -> Keys:
    """Keys of a provider of the directory; ``aliases`` were merged into it."""
    members = (entry, *aliases)
    ids = [each.provider_id for each in members]
    phones = [digits for each in members for digits in digits_typed(each.phone)]
    names = [folded(each.display_name) for each in members]
    return tuple(dict.fromkeys(key for key in (*ids, *phones, *names) if key))


def keys_as_typed(provider: Provider) -> Keys:
    """Keys of a provider that was typed in: its telephone in every way of writing it, else its name."""
    typed = replace(provider, id="")
    return tuple(dict.fromkeys(key for key in (typed.key, *digits_typed(e164(provider.phone))) if key))


def under_todays_id(facts: ClaimFacts, keys: Keys) -> ClaimFacts:
    """The facts with the provider's key of today, under which fingerprints are made and visits counted."""
    if not keys or facts.provider.key == keys[0]:
        return facts
    return replace(facts, provider=replace(facts.provider, id=keys[0]))


def marks_by_line(facts: ClaimFacts, keys: Keys) -> tuple[tuple[str, ...], ...]:
    """Per line, the fingerprints under all keys; the first is the one that the line leaves."""
    return tuple(
        tuple(
            fingerprint(
                facts.person_id,
                facts.code_of(line),
                service_date=line.service_date,
                provider_key=key,
                particulars=line.particulars,
            )
            for key in keys or (facts.provider.key,)
        )
        for line in facts.lines
    )


def claimed_by_others(claimed: Mapping[str, str], lines: Sequence[tuple[str, ...]], claim_id: str) -> frozenset[str]:
    """Of the fingerprints that the lines would leave, those whose service another claim has under any key.

    ``claimed`` is fingerprint → claim id, as the repository of claims answers for all of ``lines``.
    """
    return frozenset(marks[0] for marks in lines if any(claimed.get(mark, claim_id) != claim_id for mark in marks))
