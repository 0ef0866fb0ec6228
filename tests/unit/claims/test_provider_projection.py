"""CLM-2, CLM-6: what identity tells of providers ends in the same directory in any order, told once or twice."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.circumstances import ProviderStanding
from services.claims.domain.directory import State
from shared.contracts import Event
from shared.contracts.identity.cases import AccountDisabled, AccountReinstated
from shared.contracts.identity.providers import ProviderAccountEnded
from tests.support.directory_desk import ADDRESS, AT, DirectoryDesk, account_made, agreed, recorded

pytestmark = pytest.mark.req("CLM-2", "CLM-6")

LATER = AT + timedelta(hours=1)
DISABLED = AccountDisabled(account_id="account-7", reason="shared_again", disabled_at=LATER)
REINSTATED = AccountReinstated(account_id="account-7", reinstated_at=LATER + timedelta(hours=1))
PURGED = ProviderAccountEnded(account_id="account-7", provider_id="provider-1", ended_at=LATER)
STORY: tuple[Event, ...] = (
    recorded(kind="hygienist", phone=None, practice_name="Dre Anaïs Côté", province=""),
    recorded(kind="hygienist", version=2, practice_name="Sourires", **ADDRESS),
    account_made(),
    agreed(),
    agreed(agreement_id="agreement-2", services_billable_from=date(2026, 6, 10)),
    DISABLED,
    REINSTATED,
    AccountDisabled(account_id="account-7", reason="owner_said_no", disabled_at=LATER + timedelta(hours=2)),
    AccountReinstated(account_id="account-7", reinstated_at=LATER + timedelta(hours=3)),
)


async def after(*events: Event) -> DirectoryDesk:
    desk = DirectoryDesk()
    await desk.tell(*events)
    return desk


def bills_from(desk: DirectoryDesk) -> date | None:
    registration = desk.entries.entries["provider-1"].registration
    return None if registration is None else registration.bills_from


@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=4))
async def test_order_and_repetition_do_not_count(events: list[Event], again: list[Event]) -> None:
    straight, shuffled = await after(*STORY), await after(*events, *again)
    assert shuffled.entries.entries == straight.entries.entries
    assert shuffled.accounts.accounts == straight.accounts.accounts
    (entry,) = straight.entries.entries.values()
    assert (entry.practice_name, entry.address.city, entry.profession) == ("Sourires", "Lévis", "dental_hygienist")
    assert entry.registration is not None
    assert (entry.registration.bills_from, entry.registration.account_open) == (date(2026, 6, 1), True)


async def test_a_new_version_replaces_and_an_old_one_changes_nothing() -> None:
    desk = await after(recorded(version=2, name="Dre Côté", active=False), recorded(version=1))
    entry = desk.entries.entries["provider-1"]
    assert (entry.name, entry.phone, entry.standing) == (
        "Dre Côté",
        "+14185550100",
        ProviderStanding("provider-1", "dentist", active=False),
    )


async def test_adjudication_gets_the_standing_of_registered_providers_only() -> None:
    desk = await after(recorded(), account_made(), agreed(provider_id="expected", account_id="b"))
    provider_id = (await desk.add()).provider_id
    await desk.confirm(provider_id)
    standings = await desk.directory.get_many(["provider-1", "expected", provider_id, "unknown"])
    assert standings == {"provider-1": ProviderStanding("provider-1", "dentist")}, "a dentist signs no agreement"
    assert desk.entries.entries["expected"].state is State.EXPECTED
    assert await desk.found(phone="418 555-0100") == ["provider-1"]


@pytest.mark.parametrize("events", list(permutations((account_made(), DISABLED))))
async def test_a_disabled_account_bills_nothing_until_it_is_reinstated(events: tuple[Event, ...]) -> None:
    desk = await after(recorded(), *events)
    assert not (await desk.search(phone="418 555-0100")).providers[0].accepts_direct_billing
    assert (await desk.directory.get_many(["provider-1"]))["provider-1"].active
    await desk.tell(REINSTATED)
    assert (await desk.search(phone="418 555-0100")).providers[0].accepts_direct_billing


@pytest.mark.parametrize("events", list(permutations((account_made(), PURGED))))
async def test_a_purged_account_counts_as_if_it_had_never_been(events: tuple[Event, ...]) -> None:
    desk = await after(recorded(), *events)
    assert bills_from(desk) is None
    again = account_made(account_id="account-8", registered_at=AT + timedelta(days=20))
    await desk.tell(again)
    assert bills_from(desk) == date(2026, 7, 5)


async def test_accounts_of_members_leave_the_directory_alone() -> None:
    assert (await after(DISABLED, REINSTATED)).entries.entries == {}
