"""Changing bank details on real transactions, several processes on one database (BNK-3, B7)."""

import asyncio

import pytest

from services.banking.handlers.changes import DetailsChangedMeanwhile
from services.banking.storage import ACCOUNTS, SCHEMA
from shared.contracts.banking import DirectDepositChanged
from tests.support import banking_builders as build
from tests.support.banking_office import everything_in

RIVALS = 12


@pytest.mark.req("BNK-3", "B7")
async def test_b7_of_parallel_changes_of_one_version_one_wins_and_the_others_are_told(make_desk, database):
    actor = build.member()
    desks = [make_desk() for _ in range(4)]
    await desks[0].enrol(build.enrolment(actor.dossier_id), actor)

    outcomes = await asyncio.gather(
        *(desks[number % 4].change(build.changing(actor.dossier_id), actor) for number in range(RIVALS)),
        return_exceptions=True,
    )

    (won,) = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, DetailsChangedMeanwhile)]
    assert len(lost) == RIVALS - 1
    assert {error.params["account_ending"] for error in lost} == {won.account_ending}
    assert await desks[1].shown(actor) == won
    (row,) = await database.collection(ACCOUNTS).find({})
    assert (row["version"], len(row["former"])) == (2, 1)
    published = [await desk.log.published() for desk in desks][-1]
    assert sum(isinstance(event, DirectDepositChanged) for event in published) == 1


@pytest.mark.req("BNK-2", "BNK-3")
async def test_no_digit_of_an_account_old_or_new_is_in_the_database(desk, database):
    actor = build.member()
    await desk.enrol(build.enrolment(actor.dossier_id, account="4815162342"), actor)
    await desk.change(build.changing(actor.dossier_id, account="1618033988"), actor)
    stored = repr(await everything_in(database, SCHEMA.collections))
    assert not [digits for digits in ("4815162", "1618033") if digits in stored]
