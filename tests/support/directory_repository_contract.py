"""What every storage of the directory does alike: on memory in the unit tests, on MongoDB in the integration tests."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.claims.domain.claim import ClaimStatus, StatusEntry
from services.claims.domain.directory import PracticeAddress, Registration, State
from services.claims.domain.facts import Provider
from services.claims.domain.provider_names import words_of
from services.claims.handlers.ports import ClaimRepository
from services.claims.handlers.ports_providers import (
    DirectoryRepository,
    ProviderAccount,
    ProviderAccountRepository,
    Sought,
    UsedProviderRepository,
)
from tests.support.claims_desk import DOSSIER
from tests.support.claims_repository_contract import decided
from tests.support.directory_desk import AT, added, registered

OTHER = "another-dossier"


@dataclass(frozen=True)
class DirectoryStores:
    entries: DirectoryRepository
    accounts: ProviderAccountRepository
    used: UsedProviderRepository
    claims: ClaimRepository

    async def found(self, limit: int = 10, **sought: object) -> set[str]:
        asked = Sought(**{"dossier_id": DOSSIER, **sought})  # type: ignore[arg-type]
        return {each.provider_id for each in await self.entries.find(asked, limit=limit)}


def named(*names: str) -> tuple[tuple[str, ...], ...]:
    return tuple(words_of(name) for name in names)


@pytest.mark.req("CLM-2")
class DirectoryRepositoryContract:
    async def test_a_provider_comes_back_as_it_was_and_changes_as_a_whole(self, stores: DirectoryStores) -> None:
        known = Registration(version=3, kind="hygienist", active=False, signed_from=date(2026, 6, 1))
        whole = registered(registration=known, address=PracticeAddress(city="Lévis"), phone="")
        own = added()
        await stores.entries.save_all([whole, own], session=None)
        found = await stores.entries.get_many([whole.provider_id, own.provider_id, "unknown"], session=None)
        assert found == {whole.provider_id: whole, own.provider_id: own}
        changed = replace(own, state=State.MERGED, merged_into=whole.provider_id)
        await stores.entries.save_all([changed], session=None)
        assert await stores.entries.get_many([own.provider_id], session=None) == {own.provider_id: changed}
        assert await stores.entries.list_merged_into([whole.provider_id], session=None) == [changed]
        assert await stores.entries.list_merged_into([own.provider_id, ""], session=None) == []

    async def test_names_are_found_with_one_mistake_a_word_in_any_order(self, stores: DirectoryStores) -> None:
        dentist, other = registered(), registered(name="Paul Roy", practice_name="", phone="")
        await stores.entries.save_all([dentist, other], session=None)
        for names in (("anais", "cote"), ("Cotté",), ("cotr", "AMAÏS"), ("Clinqiue",)):
            assert await stores.found(names=named(*names)) == {dentist.provider_id}, names
        assert await stores.found(names=named("anais", "roy")) == set()
        assert await stores.found(names=named("anais roy")) == {
            dentist.provider_id,
            other.provider_id,
        }

    async def test_a_number_is_found_by_its_last_seven_digits_beside_names(self, stores: DirectoryStores) -> None:
        here, elsewhere = registered(), registered(phone="+15145550100", name="Paul Roy")
        without = registered(phone="", name="Luc Roy")
        await stores.entries.save_all([here, elsewhere, without], session=None)
        assert await stores.found(local_phone="5550100") == {here.provider_id, elsewhere.provider_id}
        assert await stores.found(local_phone="5550100", names=named("luc")) == {
            each.provider_id for each in (here, elsewhere, without)
        }
        assert await stores.entries.list_by_phones(["+15145550100", ""], session=None) == [elsewhere]

    async def test_what_was_typed_without_mistake_is_crowded_out_by_nothing(self, stores: DirectoryStores) -> None:
        similar = [registered(name=f"{name} Rey", phone="") for name in ("Ana", "Luc", "Noé")]
        exact, called = registered(name="Zoé Roy", phone=""), registered(name="Zoé Lachance")
        await stores.entries.save_all([*similar, exact, called], session=None)
        assert await stores.found(limit=1, names=named("roy")) == {exact.provider_id}
        asked: dict[str, Any] = {"names": named("roy"), "local_phone": "5550100"}
        assert await stores.found(limit=1, **asked) == {called.provider_id}
        assert await stores.found(limit=2, **asked) == {called.provider_id, exact.provider_id}
        assert len(await stores.found(**asked)) == len(similar) + 2

    async def test_professions_are_listed_when_nothing_else_is_sought(self, stores: DirectoryStores) -> None:
        dentist, own = registered(), added()
        await stores.entries.save_all([dentist, own], session=None)
        both = frozenset({"dentist", "physiotherapist"})
        assert await stores.found(professions=both) == {dentist.provider_id, own.provider_id}
        assert len(await stores.found(professions=both, limit=1)) == 1
        assert await stores.found(professions=both, names=named("nobody")) == set()

    async def test_what_others_added_is_not_found_and_what_was_merged_is(self, stores: DirectoryStores) -> None:
        own, others, merged = added(), added(dossier_id=OTHER), added(dossier_id=OTHER, state=State.MERGED)
        listed = added(dossier_id=OTHER, state=State.LISTED)
        draft = added(state=State.DRAFT)
        expected = registered(state=State.EXPECTED, name="Noé Tremblay")
        await stores.entries.save_all([own, others, merged, listed, draft, expected], session=None)
        seen = {own.provider_id, merged.provider_id, listed.provider_id}
        assert await stores.found(names=named("tremblay")) == seen
        assert await stores.found(local_phone="5550110") == seen
        assert await stores.entries.count_waiting(DOSSIER, session=None) == 2
        assert await stores.entries.count_waiting(OTHER, session=None) == 1

    async def test_agents_get_what_was_confirmed_and_not_decided_in_order(self, stores: DirectoryStores) -> None:
        waiting = [added(), added(dossier_id=OTHER), added()]
        others = [registered(), added(state=State.DRAFT), added(state=State.LISTED), added(state=State.MERGED)]
        await stores.entries.save_all([*waiting, *others], session=None)
        assert await stores.entries.list_waiting(after=None, limit=2) == waiting[:2]
        assert await stores.entries.list_waiting(after=waiting[1].provider_id, limit=2) == waiting[2:]

    async def test_accounts_come_back_by_id_and_by_provider(self, stores: DirectoryStores) -> None:
        own, unknown = ProviderAccount("a", "provider-1", registered_at=AT), ProviderAccount("b", disabled_at=AT)
        await stores.accounts.save(own, session=None)
        await stores.accounts.save(unknown, session=None)
        assert await stores.accounts.get("b", session=None) == unknown
        assert await stores.accounts.get("c", session=None) is None
        assert await stores.accounts.list_of_provider("provider-1", session=None) == [own]
        gone = replace(own, purged_at=AT)
        await stores.accounts.save(gone, session=None)
        assert await stores.accounts.get("a", session=None) == gone

    async def test_providers_of_claims_come_latest_first(self, stores: DirectoryStores) -> None:
        old, new = Provider("Old", "", "old"), Provider("New", "418 555-0110", "")
        voided = decided(provider=Provider("Voided"))
        at = StatusEntry(ClaimStatus.VOIDED, AT)
        voided = replace(voided, claim=replace(voided.claim, timeline=(*voided.claim.timeline, at)))
        claims = [
            decided(provider=old, received_at=AT),
            decided(provider=new, received_at=AT + timedelta(days=1)),
            decided(provider=Provider("Other type"), claim_type="massage"),
            decided(provider=Provider("Others"), dossier_id=OTHER, person_id="somebody"),
            voided,
        ]
        await stores.claims.add_all(claims, session=None)
        used = await stores.used.list_used(DOSSIER, "physio", limit=10)
        assert [(each.provider, each.received_at) for each in used] == [(new, AT + timedelta(days=1)), (old, AT)]
        assert len(await stores.used.list_used(DOSSIER, "physio", limit=1)) == 1
