"""The sample batch is what it says: every fiftieth claim is refused, each for another reason, and no other is."""

from datetime import date

import pytest
from pydantic import ValidationError

from deploy.sample.billing import sample_batch, wrong_rows
from services.claims.data import load_catalogue
from services.edge.bodies_provider_claims import BatchRow
from services.edge.claim_batches import Candidate, read_csv

TODAY = date(2026, 11, 22)
COUNT = 600
"""More than there are people: some come twice."""


def is_taken(candidate: Candidate) -> bool:
    try:
        row = BatchRow.model_validate(candidate.fields)
    except ValidationError:
        return False
    return candidate.refusal is None and row.authorisation.accepted


@pytest.mark.req("CLM-6")
def test_the_rows_meant_to_be_wrong_are_refused_and_no_others() -> None:
    candidates = read_csv(sample_batch(COUNT, today=TODAY))

    assert len(candidates) == COUNT
    references: set[str] = set()
    refused = set[int]()
    for number, candidate in enumerate(candidates):
        reference = candidate.fields["reference"]
        if not is_taken(candidate) or reference in references:
            refused.add(number)
        references.add(reference)
    assert refused == set(wrong_rows(COUNT))


def test_nobody_has_the_same_treatment_twice_and_all_of_them_are_in_the_catalogue() -> None:
    candidates = [each for each in read_csv(sample_batch(COUNT, today=TODAY)) if is_taken(each)]

    codes = {service.code for each in load_catalogue().types.values() for service in each.billable}
    claimed = [(*each.fields["patient"].values(), each.fields["lines"][0]["code"]) for each in candidates]
    assert {code for *_, code in claimed} <= codes
    assert len(set(claimed)) == len(claimed)
