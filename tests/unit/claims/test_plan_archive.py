"""Plans are archived, and decisions made again by what was archived (CLM-8)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from services.claims.data import load_archive
from services.claims.domain.adjudication import adjudicate
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.claim import Cause
from services.claims.domain.plan_archive import ArchivedPlan, PlanChangedError, archived, require_same
from services.claims.handlers.archiving import Replayer, StoredDecision, archive_plans
from services.claims.handlers.records import record_of
from services.claims.storage.claim_documents import decision_text
from tests.support.claims_builders import (
    TODAY,
    JsonObject,
    both,
    catalogue_document,
    claim_facts,
    coverage,
    deductible_met,
    massage,
    physio,
    plan,
    plan_document,
)

pytestmark = pytest.mark.req("CLM-8")


class MemoryArchive:
    def __init__(self) -> None:
        self.kept: dict[str, ArchivedPlan] = {}

    async def keep(self, plan: ArchivedPlan) -> ArchivedPlan:
        return self.kept.setdefault(plan.key, plan)

    async def get(self, code: str, version: int) -> ArchivedPlan | None:
        return self.kept.get(f"{code}/{version}")


def entries(document: JsonObject, key: str) -> list[JsonObject]:
    """A list of objects in a document."""
    return cast("list[JsonObject]", document[key])


def of_test(**overrides: Any) -> ArchivedPlan:
    return archived(plan_document(**overrides), catalogue_document())


async def test_an_unchanged_plan_is_archived_once_and_compiles_to_what_it_was() -> None:
    archive = MemoryArchive()
    for _ in range(2):
        await archive_plans([of_test()], archive)
    assert [each.compiled() for each in archive.kept.values()] == [plan()]


async def test_a_plan_that_changed_under_its_version_is_refused() -> None:
    archive = MemoryArchive()
    await archive_plans([of_test()], archive)
    changed = of_test(benefits=[physio(coinsurance_bp=9000), *entries(plan_document(), "benefits")[1:]])
    with pytest.raises(PlanChangedError) as refused:
        await archive_plans([changed], archive)
    assert "TEST" in str(refused.value)
    assert "version" in str(refused.value)
    await archive_plans([replace(changed, version=4)], archive)


def test_what_the_catalogue_says_of_services_belongs_to_the_plan() -> None:
    types = entries(catalogue_document(), "claim_types")
    changed = [{**types[0], "needs_receipt": True}, *types[1:]]
    with pytest.raises(PlanChangedError):
        require_same(archived(plan_document(), catalogue_document(claim_types=changed)), of_test())


def test_texts_may_be_improved_at_any_time() -> None:
    require_same(of_test(names=both("A better name")), of_test())


def test_the_plans_that_ship_can_be_archived() -> None:
    assert {each.code for each in load_archive()} >= {"STANDARD", "PREMIER"}


async def each(*decisions: StoredDecision) -> AsyncIterator[StoredDecision]:
    for decision in decisions:
        yield decision


def stored(**overrides: Any) -> StoredDecision:
    used = deductible_met()
    around = Circumstances(today=TODAY, coverage=coverage(), accumulators={used.year: used})
    decision = adjudicate(claim_facts(), plan(), around)
    made = StoredDecision(
        "7K2M-9QXA-4T1B",
        2,
        Cause.SUBMITTED,
        decision_text(decision),
        decision,
        record_of(claim_facts(), around, plan()),
    )
    return replace(made, **overrides)


async def wrongs(archive: Sequence[ArchivedPlan], *decisions: StoredDecision) -> list[str]:
    kept = MemoryArchive()
    await archive_plans(archive, kept)
    report = await Replayer(kept, decision_text).check(each(*decisions))
    assert report.same + len(report.differing) == len(decisions)
    return [wrong for _, wrong in report.differing]


async def test_a_decision_is_replayed_byte_for_byte() -> None:
    whole = stored()
    assert await wrongs([of_test()], whole) == []
    tampered = stored(text=whole.text.replace('"benefit_cents":7200', '"benefit_cents":7201'))
    assert tampered.text != whole.text
    assert await wrongs([of_test()], whole, tampered) == ["the replay decides otherwise"]
    assert await wrongs([], whole) == ["plan TEST/3 is not archived"]
    assert await wrongs([of_test()], stored(record="")) == ["no record of its facts"]


async def test_a_decision_is_replayed_by_the_plan_that_was_archived_and_no_other() -> None:
    generous = of_test(benefits=[physio(coinsurance_bp=9000), massage(), *entries(plan_document(), "benefits")[2:]])
    assert await wrongs([generous], stored()) == ["the replay decides otherwise"]


async def test_a_decision_without_dossier_needs_no_plan() -> None:
    around = Circumstances(today=TODAY, coverage=None)
    decision = adjudicate(claim_facts(), None, around)
    record = record_of(claim_facts(), around, None)
    assert await wrongs([], stored(text=decision_text(decision), decision=decision, record=record)) == []
