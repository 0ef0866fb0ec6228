"""CLM-2: a member adds a provider, confirms what was typed, chooses it; nobody else sees it until an agent says so."""

from datetime import timedelta

import pytest

from services.claims.domain.directory import State
from services.claims.domain.provider_errors import (
    ProfessionUnknownError,
    ProviderNameMissingError,
    ProviderNotFoundError,
    ProviderPhoneInvalidError,
    ProviderPostalCodeInvalidError,
    TooManyProvidersAddedError,
)
from services.claims.handlers.provider_adding import DRAFT_KEPT, MOST_WAITING
from shared.contracts.claims import ClaimProvider
from shared.contracts.claims.providers import ProviderAddress
from tests.support.claims_desk import DOSSIER, coverage_recorded, submission
from tests.support.directory_desk import ADDRESS, DirectoryDesk, added, professions, registered

pytestmark = pytest.mark.req("CLM-2")
OTHER = "another-dossier"


@pytest.fixture
def desk() -> DirectoryDesk:
    return DirectoryDesk()


async def test_what_was_typed_is_shown_as_it_will_be_kept(desk: DirectoryDesk) -> None:
    draft = await desk.add(clinic_name="  Physio   du  Parc ")
    assert (draft.first_name, draft.last_name, draft.clinic_name) == ("Noé", "Tremblay", "Physio du Parc")
    assert (draft.phone, draft.address.postal_code, draft.profession_name) == (
        "(418) 555-0110",
        "G6V 1A1",
        "Physiothérapeute",
    )
    assert (draft.confirmed, draft.likely_duplicates, draft.expires_at) == (False, (), desk.now + DRAFT_KEPT)


async def test_a_draft_can_be_chosen_once_it_is_confirmed(desk: DirectoryDesk) -> None:
    provider_id = (await desk.add()).provider_id
    assert await desk.found(last_name="Tremblay") == []
    assert await desk.directory.resolve([provider_id], DOSSIER) == {}
    await desk.confirm(provider_id)
    await desk.confirm(provider_id)
    assert await desk.found(last_name="tremblay") == await desk.found(phone="418 555 0110") == [provider_id]
    entry = (await desk.directory.resolve([provider_id, "unknown"], DOSSIER))[provider_id]
    assert (entry.display_name, entry.phone, entry.kind) == ("Noé Tremblay", "+14185550110", "")


async def test_only_the_dossier_that_added_it_confirms_finds_and_chooses_it(desk: DirectoryDesk) -> None:
    provider_id = (await desk.add()).provider_id
    with pytest.raises(ProviderNotFoundError):
        await desk.confirm(provider_id, dossier_id=OTHER)
    with pytest.raises(ProviderNotFoundError):
        await desk.confirm("unknown")
    await desk.confirm(provider_id)
    with pytest.raises(ProviderNotFoundError):
        await desk.confirm(provider_id, dossier_id=OTHER)
    assert await desk.found(dossier_id=OTHER, phone="418 555-0110") == []
    assert await desk.directory.resolve([provider_id], OTHER) == {}
    assert (await desk.add(dossier_id=OTHER)).likely_duplicates == ()


async def test_nobody_confirms_what_the_register_knows(desk: DirectoryDesk) -> None:
    dentist = registered()
    await desk.know(dentist)
    with pytest.raises(ProviderNotFoundError):
        await desk.confirm(dentist.provider_id)


async def test_a_draft_lapses(desk: DirectoryDesk) -> None:
    provider_id = (await desk.add()).provider_id
    desk.now += DRAFT_KEPT
    with pytest.raises(ProviderNotFoundError):
        await desk.confirm(provider_id)


async def test_who_it_may_be_is_shown_before_the_same_telephone_first(desk: DirectoryDesk) -> None:
    same_name = registered(name="Noé Tremblé", profession="physiotherapist", phone="+15145550177")
    same_phone = registered(name="Zoé Lachance", phone="+14185550110")
    other_profession = registered(name="Noé Tremblay", phone="+15145550178")
    await desk.know(same_name, same_phone, other_profession, added(dossier_id=OTHER))
    draft = await desk.add()
    assert [each.provider_id for each in draft.likely_duplicates] == [same_phone.provider_id, same_name.provider_id]


async def test_a_clinic_needs_no_person_and_a_person_no_clinic(desk: DirectoryDesk) -> None:
    draft = await desk.add(first_name="Noé", last_name="", clinic_name="Physio du Parc")
    assert (draft.first_name, draft.clinic_name) == ("", "Physio du Parc")
    await desk.confirm(draft.provider_id)
    (found,) = (await desk.search(last_name="physio")).providers
    assert (found.name, found.practice_name, found.unconfirmed_by_us) == ("Physio du Parc", None, True)
    with pytest.raises(ProviderNameMissingError):
        await desk.add(last_name=" - ")


async def test_what_is_wrong_is_refused(desk: DirectoryDesk) -> None:
    with pytest.raises(ProviderPhoneInvalidError):
        await desk.add(phone="555-0110")
    with pytest.raises(ProviderPostalCodeInvalidError):
        await desk.add(address=ProviderAddress(**{**ADDRESS, "postal_code": "D1A 1A1"}))
    with pytest.raises(ProfessionUnknownError):
        await desk.add(profession="alchemist")
    assert desk.entries.entries == {}


async def test_one_dossier_cannot_fill_the_agents_queue(desk: DirectoryDesk) -> None:
    await desk.know(*(added() for _ in range(MOST_WAITING)), *(added(state=State.LISTED) for _ in range(3)))
    with pytest.raises(TooManyProvidersAddedError):
        await desk.add()
    await desk.add(dossier_id=OTHER)


async def test_a_claim_takes_name_and_telephone_from_the_directory(desk: DirectoryDesk) -> None:
    own, foreign, dentist = added(), added(dossier_id=OTHER), registered()
    await desk.know(own, foreign, dentist)
    claims = desk.claim_desk()
    await claims.tell(coverage_recorded())
    stated = [
        ClaimProvider(id=each, name="Typed", phone="418 555-0199")
        for each in (own.provider_id, dentist.provider_id, foreign.provider_id, "unknown")
    ]
    batch = [submission(provider=each) for each in stated]
    await claims.submit(*batch)
    kept = [(await claims.stored(each.message.claim_id)).claim.provider for each in batch]
    assert [(each.id, each.name, each.phone) for each in kept] == [
        (own.provider_id, "Noé Tremblay", "+14185550110"),
        (dentist.provider_id, "Dre Anaïs Côté", "+14185550100"),
        ("", "Typed", "418 555-0199"),
        ("", "Typed", "418 555-0199"),
    ]


def test_every_claim_type_but_a_few_has_somebody_who_gives_it() -> None:
    known = professions()
    assert known.for_claim_type("physiotherapy") == {"physiotherapist"}
    assert known.for_claim_type("dental_cleaning") == {"dentist", "dental_hygienist", "denturist"}
    assert known.of_registered("other", None) == ""
    assert known.of_registered("other", "physiotherapist") == "physiotherapist"
    assert known.of_registered("dentist", "orthodontist") == "dentist"
    assert timedelta(0) < DRAFT_KEPT
