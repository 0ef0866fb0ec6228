"""CLM-2: a member finds a provider by name or telephone, and those used before for the same type."""

from datetime import date, timedelta

import pytest

from services.claims.domain.directory import Registration, State
from services.claims.domain.provider_errors import ProviderSearchEmptyError
from services.claims.handlers.ports_providers import MOST_CANDIDATES
from shared.contracts.claims import ClaimProvider
from tests.support.claims_desk import NOON, coverage_recorded, submission, treatment
from tests.support.directory_desk import DirectoryDesk, added, registered

pytestmark = pytest.mark.req("CLM-2")
OTHER = "another-dossier"


@pytest.fixture
def desk() -> DirectoryDesk:
    return DirectoryDesk()


async def test_names_are_found_with_mistakes_swapped_and_in_part(desk: DirectoryDesk) -> None:
    dentist, namesake = registered(), registered(name="Anaïs Roy", practice_name="", phone="+14185550199")
    await desk.know(dentist, namesake)
    first = dentist.provider_id
    assert await desk.found(first_name="Anaïs", last_name="Côté") == [first]
    assert await desk.found(first_name="cote", last_name="ANAIS") == [first]
    assert await desk.found(last_name="Coté clinqiue") == [first]
    assert await desk.found(first_name="anais") == [namesake.provider_id, first]
    assert await desk.found(last_name="Lachance") == []


async def test_where_nobody_has_both_names_those_with_one_of_three_words_wrong_are_found(desk: DirectoryDesk) -> None:
    dentist = registered(name="Marie Tremblay", practice_name="")
    await desk.know(dentist)
    assert await desk.found(first_name="Claude", last_name="Marie Tremblay") == [dentist.provider_id]
    assert await desk.found(first_name="Nicole", last_name="Tremblay") == []


async def test_the_telephone_counts_most(desk: DirectoryDesk) -> None:
    named, called = registered(phone="+15145550100"), registered(name="Paul Roy", practice_name="")
    await desk.know(named, called)
    assert await desk.found(last_name="Côté", phone="418 555-0100") == [called.provider_id, named.provider_id]
    assert await desk.found(phone="(418) 555-0100") == [called.provider_id]
    assert set(await desk.found(phone="555-0100")) == {named.provider_id, called.provider_id}


async def test_a_claim_type_prefers_who_gives_such_services_and_lists_them_alone(desk: DirectoryDesk) -> None:
    dentist = registered(name="Anaïs Côté", practice_name="")
    physiotherapist = registered(name="Anaïs Côté", practice_name="", phone="", profession="physiotherapist")
    await desk.know(dentist, physiotherapist)
    for claim_type, best in (("physiotherapy", physiotherapist), ("dental_exam", dentist)):
        assert (await desk.found(last_name="Côté", claim_type=claim_type))[0] == best.provider_id
        assert await desk.found(claim_type=claim_type) == [best.provider_id]


async def test_who_no_longer_practises_comes_last(desk: DirectoryDesk) -> None:
    gone = registered(registration=Registration(version=1, kind="dentist", active=False), phone="")
    here = registered(phone="")
    await desk.know(gone, here)
    assert await desk.found(last_name="Côté") == [here.provider_id, gone.provider_id]


async def test_nothing_to_look_for_is_refused(desk: DirectoryDesk) -> None:
    for query in ({}, {"last_name": " - "}, {"phone": "poste 12"}, {"claim_type": "unheard_of"}):
        with pytest.raises(ProviderSearchEmptyError):
            await desk.search(**query)


async def test_pages_follow_one_another_and_too_many_are_told(desk: DirectoryDesk) -> None:
    await desk.know(*(registered(name=f"Luc Roy {number:03d}", phone="") for number in range(7)))
    first = await desk.search(last_name="roy", limit=3)
    second = await desk.search(last_name="roy", limit=3, after=first.next_after)
    third = await desk.search(last_name="roy", limit=3, after=second.next_after)
    names = [each.name for page in (first, second, third) for each in page.providers]
    assert names == [f"Luc Roy {number:03d}" for number in range(7)]
    assert (third.next_after, third.refine) == (None, False)
    await desk.know(*(registered(name="Luc Roy", phone="") for _ in range(MOST_CANDIDATES)))
    assert (await desk.search(last_name="roy")).refine


async def test_a_provider_in_a_list_says_what_a_member_needs(desk: DirectoryDesk) -> None:
    await desk.know(registered())
    (found,) = (await desk.search(last_name="Côté")).providers
    assert (found.name, found.practice_name, found.profession_name, found.phone, found.city) == (
        "Dre Anaïs Côté",
        "Clinique du Parc",
        "Dentiste",
        "(418) 555-0100",
        "Lévis",
    )
    assert (found.accepts_direct_billing, found.unconfirmed_by_us) == (True, False)


@pytest.mark.req("CLM-2", "CLM-6")
@pytest.mark.parametrize(
    ("changes", "bills"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"account_open": False}, False),
        ({"registered_on": None}, False),
        ({"registered_on": date(2026, 6, 16)}, False),
        ({"kind": "hygienist"}, False),
        ({"kind": "hygienist", "signed_from": date(2026, 6, 15)}, True),
    ],
)
async def test_direct_billing_needs_practice_account_and_agreement(
    desk: DirectoryDesk, changes: dict[str, object], *, bills: bool
) -> None:
    fields = {"version": 1, "kind": "dentist", "registered_on": date(2026, 1, 5), "account_open": True, **changes}
    await desk.know(registered(registration=Registration(**fields)))  # type: ignore[arg-type]
    (found,) = (await desk.search(last_name="Côté")).providers
    assert found.accepts_direct_billing is bills


async def test_recent_providers_are_those_of_the_type_each_once_latest_first(desk: DirectoryDesk) -> None:
    own, dentist = added(), registered()
    twin = added(state=State.MERGED, merged_into=own.provider_id)
    await desk.know(own, dentist, twin)
    claims = desk.claim_desk()
    await claims.tell(coverage_recorded())
    stated = [
        ClaimProvider(name="xx", id=own.provider_id),
        ClaimProvider(name="Typed", phone="514 555-0101"),
        ClaimProvider(name="Typed too", phone="+1 (514) 555-0101"),
        ClaimProvider(name="xx", id=dentist.provider_id),
        ClaimProvider(name="xx", id=twin.provider_id),
    ]
    for number, provider in enumerate(stated):
        at = NOON + timedelta(hours=number)
        line = treatment(service_date=date(2026, 1, 5) + timedelta(days=number))
        await claims.submit(submission(line, provider=provider, received_at=at))
    await claims.submit(submission(treatment("MA-A"), claim_type="massage", provider=ClaimProvider(name="Masseur")))
    assert await desk.recent() == ["Noé Tremblay", "Dre Anaïs Côté", "Typed too"]
    assert await desk.recent("massage") == ["Masseur"]
    assert await desk.recent(dossier_id=OTHER) == []
