"""The claims of the measurements: all alike, few of them claimed twice."""

from loadtests.bench.payload import DOSSIERS, actor, command, coverages, submission
from shared.contracts.claims import SubmitClaim


def test_a_run_repeats_no_service_within_a_benefit_year() -> None:
    claims = [submission(number) for number in range(DOSSIERS * 100)]
    services = {(each.person_id, each.provider.phone, each.lines[0].service_date) for each in claims}
    assert len(services) == len(claims)


def test_the_same_claim_in_another_run_has_ids_of_its_own() -> None:
    first, again, other = command(7, run="a"), command(7, run="a"), command(7, run="b")
    assert first.message_id == again.message_id != other.message_id
    read = SubmitClaim.model_validate_json(first.body)
    assert read.claim_id == first.message_id
    assert read.submission == SubmitClaim.model_validate_json(other.body).submission == submission(7)


def test_claims_are_submitted_by_the_member_whose_coverage_is_there() -> None:
    covered = {row["_id"]: row for row in coverages()}
    assert len(covered) == DOSSIERS
    for number in (0, DOSSIERS - 1, DOSSIERS, 5 * DOSSIERS + 3):
        persons = covered[actor(number).dossier_id]["persons"]
        assert isinstance(persons, list)
        assert [person["person_id"] for person in persons] == [submission(number).person_id]
