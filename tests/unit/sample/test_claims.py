"""The sample claims are what they say: read by the contract, named by the catalogue, decided by the real rules."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache

import pytest

from deploy.sample.claims import ALWAYS_DENIED, PATTERN, Kind, SampleClaim, sample_claims
from deploy.sample.generate import rows
from services.claims.data import load_catalogue, load_plans
from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication import Decision, Outcome, adjudicate, apply, benefit_years
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.domain.facts import ClaimFacts
from services.claims.handlers.reading import lines_of, provider_of
from shared.contracts.claims import ClaimSubmission

TODAY = date(2026, 11, 22)
COUNT = 400


@cache
def coverages() -> Mapping[str, Coverage]:
    """Families whose coverage has no end, by certificate."""
    families = defaultdict(list)
    for row in rows():
        families[row.certificate_number].append(row)
    return {
        certificate: Coverage(
            contract=family[0].contract_number,
            certificate=certificate,
            plan_code=family[0].plan_code,
            province=family[0].province,
            persons=tuple(
                CoveredPerson(
                    f"{certificate}-{row.person_number}",
                    Relationship(row.relationship),
                    row.birth_date,
                    row.effective_from,
                    row.effective_to,
                    row.student,
                )
                for row in family
            ),
        )
        for certificate, family in families.items()
        if family[0].effective_to is None
    }


def members() -> dict[str, tuple[str, ...]]:
    return {key: tuple(person.person_id for person in coverage.persons) for key, coverage in coverages().items()}


def claims(count: int = COUNT, seed: int = 7) -> tuple[SampleClaim, ...]:
    return sample_claims(members(), count=count, seed=seed, today=TODAY)


def facts_of(claim: SampleClaim) -> ClaimFacts:
    submission = ClaimSubmission.model_validate(claim.body)
    lines, provider = lines_of(submission.lines), provider_of(submission.provider)
    return ClaimFacts(claim.key, submission.person_id, provider, submission.claim_type, lines, TODAY)


@cache
def decisions() -> Mapping[str, Decision]:
    """Every claim decided in order, each seeing what the ones before it used."""
    plans = load_plans(load_catalogue())
    used: dict[tuple[str, int], Accumulators] = {}
    seen: set[str] = set()
    decided = {}
    for claim in claims():
        facts, coverage = facts_of(claim), coverages()[claim.member]
        plan = plans[coverage.plan_code]
        years = {
            year: used.get((claim.member, year), Accumulators(coverage.contract, claim.member, year))
            for year in benefit_years(facts, plan)
        }
        decision = adjudicate(facts, plan, Circumstances(TODAY, coverage, years, frozenset(seen)))
        used |= {(claim.member, year): apply(accumulators, decision) for year, accumulators in years.items()}
        seen |= set(decision.fingerprints)
        decided[claim.key] = decision
    return decided


def outcomes(kind: Kind) -> Counter[Outcome]:
    return Counter(decisions()[claim.key].outcome for claim in claims() if claim.kind is kind)


def test_the_same_arguments_give_the_same_claims() -> None:
    assert claims() == claims()
    assert claims(seed=8) != claims()


def test_the_first_twenty_show_every_kind() -> None:
    assert {claim.kind for claim in claims(20)} == set(Kind)
    assert len(PATTERN) == 20


def test_members_take_turns_and_claim_for_their_own_persons() -> None:
    turns = [claim.member for claim in claims()]
    assert turns[: len(members())] == list(members())
    assert all(claim.body["person_id"] in members()[claim.member] for claim in claims())


def test_each_claim_has_its_own_key() -> None:
    assert len({claim.key for claim in claims()}) == COUNT


@pytest.mark.req("CLM-3")
def test_every_body_is_a_submission_of_a_known_claim_type() -> None:
    catalogue = load_catalogue()
    for claim in claims():
        submission = ClaimSubmission.model_validate(claim.body)
        codes = {service.code for service in catalogue.types[submission.claim_type].services}
        assert all((line.code in codes) == (claim.kind is not Kind.UNKNOWN_SERVICE) for line in submission.lines)


@pytest.mark.req("CLM-8")
@pytest.mark.parametrize("kind", sorted(ALWAYS_DENIED))
def test_what_must_be_denied_is_denied(kind: Kind) -> None:
    assert set(outcomes(kind)) == {Outcome.DENIED}


@pytest.mark.req("CLM-8")
def test_what_is_above_a_cap_or_repeated_is_not_paid_in_full() -> None:
    assert outcomes(Kind.ABOVE_CAP)[Outcome.REDUCED] > 0
    for kind in (Kind.ABOVE_CAP, Kind.REPEATED_TREATMENT):
        assert set(outcomes(kind)) <= {Outcome.REDUCED, Outcome.DENIED}


@pytest.mark.req("CLM-8")
def test_only_the_premier_plan_pays_what_the_standard_plan_does_not_cover() -> None:
    paid = Counter(
        (coverages()[claim.member].plan_code, decisions()[claim.key].totals.benefit_cents > 0)
        for claim in claims()
        if claim.kind is Kind.NOT_COVERED
    )
    assert paid["STANDARD", True] == 0
    assert paid["PREMIER", True] > 0


@pytest.mark.req("CLM-8")
def test_a_list_has_approved_reduced_and_denied_claims_and_none_that_waits_for_an_agent() -> None:
    mix = Counter(decision.outcome for decision in decisions().values())
    assert mix[Outcome.PENDED] == 0
    assert min(mix[Outcome.APPROVED], mix[Outcome.REDUCED], mix[Outcome.DENIED]) > COUNT / 20
    assert sum(decision.totals.benefit_cents > 0 for decision in decisions().values()) > COUNT / 2


@pytest.mark.parametrize("persons", [{}, {"member": ()}])
def test_nobody_can_claim_for_nobody(persons: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="at least one person"):
        sample_claims(persons, count=1, seed=1, today=TODAY)
