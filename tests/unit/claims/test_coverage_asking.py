"""Balances, eligibility, the plan and other insurers' plans, as the handlers answer (COV-2, COV-5, CLM-8)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from services.claims.domain.circumstances import DrugFacts
from services.claims.domain.errors import ClaimTypeNotFound
from services.claims.domain.other_coverages import DossierNotKnown, OtherCoverageNotValid, PersonNotFound
from services.claims.handlers.asking import Words
from services.claims.handlers.coverage_asking import (
    Asking,
    check_drug_eligibility,
    check_eligibility,
    get_balances,
    get_dossier_balances,
    get_plan,
)
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.other_coverages import Declaring, declare_other_coverage, list_other_coverages
from shared.contracts import Message
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.coverage import (
    CheckDrugEligibility,
    CheckEligibility,
    DeclareOtherCoverage,
    EligibilityView,
    GetBalances,
    GetDossierBalances,
    GetPlan,
    Holding,
    ListOtherCoverages,
)
from shared.outbox import Work
from tests.support.claims_builders import CHILD, SELF, SERVICE_DATE, SPOUSE, STUDENT, catalogue, plan, wording
from tests.support.claims_desk import DOSSIER, Desk, coverage_recorded, member, received, submission, treatment
from tests.support.claims_memory import (
    MemoryAccumulators,
    MemoryClaims,
    MemoryCoverages,
    MemoryOtherCoverages,
)
from tests.unit.claims.test_drug_rules import DRUGS, EXCLUDED, PILLS, drug_plan


class _Drugs:
    async def get_many(self, dins: Any) -> dict[str, DrugFacts]:
        return {din: DRUGS[din] for din in dins if din in DRUGS}


@dataclass
class Office:
    """Handlers over memory, with the family of ``claims_builders`` insured."""

    declared: MemoryOtherCoverages = field(default_factory=MemoryOtherCoverages)

    def __post_init__(self) -> None:
        stores = Repositories(
            MemoryClaims(), MemoryCoverages(), MemoryAccumulators(), drugs=_Drugs(), other_coverages=self.declared
        )
        self.desk = Desk(stores, plans=(plan(), drug_plan()))
        words = Words(catalogue(), wording())
        self.asking = Asking(stores, self.desk.plans, words, lambda: self.desk.now)
        self.declaring = Declaring(stores, self.declared, self.desk.plans, lambda: self.desk.now)

    async def check(self, **question: Any) -> EligibilityView:
        fields = {"person_id": SELF, "claim_type": "physio", "service": "PH-TRT", "on": SERVICE_DATE, **question}
        return await check_eligibility(received(CheckEligibility(**fields), actor=member()), asking=self.asking)

    async def declare(self, **form: Any) -> Work:
        fields: dict[str, Any] = {
            "coverage_id": "other-1",
            "insurer": "Assurance Boréale",
            "person_ids": (SPOUSE,),
            "ours": Holding(held_as="dependant"),
            "theirs": Holding(held_as="member_full_time"),
            "effective_from": date(2024, 1, 1),
            **form,
        }
        message = received(DeclareOtherCoverage(**fields), actor=member())
        work = Work(None, message, source="claims")
        await declare_other_coverage(message, work, declaring=self.declaring)
        return work


@pytest.fixture
async def office() -> Office:
    made = Office()
    await made.desk.tell(coverage_recorded())
    return made


@pytest.mark.req("COV-2")
async def test_eligibility_is_what_a_claim_would_then_be_paid(office: Office):
    answer = await office.check(amount_cents=12_000)
    [paid] = await office.desk.submit(submission(treatment("PH-TRT", 12_000)))

    assert (answer.covered, answer.benefit_cents, answer.deductible_cents) == ("yes", paid.benefit_cents, 5_000)
    assert answer.benefit_cents == 3_200
    assert [reason.code for reason in answer.reasons] == list(paid.lines[0].reason_codes)


@pytest.mark.req("COV-2")
async def test_asking_uses_nothing(office: Office):
    first = await office.check()
    assert await office.check() == first

    assert office.desk.repositories.accumulators.states == {}  # type: ignore[attr-defined]
    assert office.desk.repositories.claims.stored == {}  # type: ignore[attr-defined]


@pytest.mark.req("COV-2")
@pytest.mark.parametrize(
    ("question", "covered", "reasons"),
    [
        ({"claim_type": "flight", "service": None}, "no", ["benefit_not_covered"]),
        ({"on": date(2023, 1, 1)}, "no", ["not_covered_on_date"]),
        ({"claim_type": "glasses", "service": None}, "yes", []),
        ({"claim_type": "glasses", "service": None, "on": date(2026, 9, 1)}, "yes", []),
    ],
)
async def test_the_answer_says_whether_and_why_not(
    office: Office, question: dict[str, Any], covered: str, reasons: list[str]
):
    answer = await office.check(**question)

    assert (answer.covered, [reason.code for reason in answer.reasons]) == (covered, reasons)


@pytest.mark.req("COV-2")
async def test_papers_that_a_claim_will_need_are_named(office: Office):
    assert (await office.check(claim_type="glasses", service=None)).papers == ("receipt", "prescription")


@pytest.mark.req("COV-2")
@pytest.mark.parametrize(("din", "covered", "share"), [(PILLS, "yes", 8_000), (EXCLUDED, "no", 0)])
async def test_a_drug_is_checked_by_the_formulary(office: Office, din: str, covered: str, share: int):
    await office.desk.tell(coverage_recorded(version=2, plan_code="DRUGS"))
    question = CheckDrugEligibility(din=din, person_id=SELF, on=SERVICE_DATE)

    answer = await check_drug_eligibility(received(question, actor=member()), asking=office.asking)

    assert (answer.covered, answer.share_basis_points) == (covered, share)


@pytest.mark.req("COV-2", "COV-5")
@pytest.mark.parametrize(
    ("question", "dossier", "error"),
    [
        (GetBalances(person_id="stranger"), DOSSIER, PersonNotFound),
        (GetBalances(person_id=SELF), "another", DossierNotKnown),
        (GetBalances(person_id=SELF), None, DossierNotKnown),
    ],
)
async def test_nobody_asks_about_others(office: Office, question: Message, dossier: str | None, error: type[Exception]):
    with pytest.raises(error):
        await get_balances(received(question, actor=member(dossier)), asking=office.asking)  # type: ignore[arg-type]


@pytest.mark.req("COV-2")
async def test_a_claim_type_that_does_not_exist_is_not_found(office: Office):
    with pytest.raises(ClaimTypeNotFound):
        await office.check(claim_type="no_such")


@pytest.mark.req("COV-5")
async def test_balances_follow_what_was_paid(office: Office):
    await office.desk.submit(submission(treatment("PH-TRT", 9_000)))

    answer = await get_balances(received(GetBalances(person_id=SELF), actor=member()), asking=office.asking)

    physio = next(each for each in answer.benefits if each.benefit == "physio")
    found = {(each.kind, each.name, each.scope): each.remaining for each in physio.limits}
    assert found["deductible", "health", "person"] == 0
    assert found["maximum", "physio", "person"] == 50_000 - 3_200
    assert answer.plan_code == "TEST"


@pytest.mark.req("COV-5", "OPS-7")
async def test_an_agent_who_looks_leaves_an_act(office: Office):
    agent = member(None, account_id="agent-1", roles=("agent",))
    message = received(GetDossierBalances(dossier_id=DOSSIER, person_id=CHILD), actor=agent)
    work = Work(None, message, source="claims")

    answer = await get_dossier_balances(message, work, asking=office.asking)

    assert answer.person_id == CHILD
    [act] = work.events
    assert isinstance(act, ActRecorded)
    assert (act.act, act.account_id, act.about) == ("sensitive_read", "agent-1", DOSSIER)


@pytest.mark.req("COV-5")
async def test_the_plan_names_whom_and_what_it_covers(office: Office):
    answer = await get_plan(received(GetPlan(), actor=member()), asking=office.asking)

    assert [person.person_id for person in answer.persons] == [SELF, SPOUSE, CHILD, STUDENT]
    assert {each.benefit: each.covered for each in answer.benefits}["travel"] is False


@pytest.mark.req("CLM-8")
async def test_a_declaration_is_kept_and_listed(office: Office):
    await office.declare(theirs=Holding(held_as="member_retired", since=date(2019, 9, 1)))

    listed = await list_other_coverages(received(ListOtherCoverages(), actor=member()), declared=office.declared)

    assert [each.coverage_id for each in listed.other_coverages] == ["other-1"]
    assert listed.other_coverages[0].theirs.since == date(2019, 9, 1)
    assert [(change[0], change[1]) for change in office.declared.changes] == [(DOSSIER, "account-1")]


@pytest.mark.req("CLM-8")
@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"person_ids": ("stranger",)}, PersonNotFound),
        ({"effective_to": date(2023, 1, 1)}, OtherCoverageNotValid),
        ({"person_ids": (CHILD,), "theirs": Holding(held_as="dependant")}, OtherCoverageNotValid),
        (
            {
                "person_ids": (CHILD,),
                "theirs": Holding(held_as="dependant", custody="other_parent"),
                "ours": Holding(held_as="dependant"),
            },
            OtherCoverageNotValid,
        ),
        (
            {
                "theirs": Holding(held_as="dependant", custody="other_parent"),
                "ours": Holding(held_as="dependant", custody="custodial_parent"),
            },
            OtherCoverageNotValid,
        ),
    ],
)
async def test_a_declaration_that_could_not_be_ordered_is_refused(
    office: Office, form: dict[str, Any], error: type[Exception]
):
    with pytest.raises(error):
        await office.declare(**form)

    assert office.declared.declared == {}
