"""Taking claims (CLM-7)."""

import asyncio
import json

import httpx
import pytest

from services.edge.intake import claim_number, derived_id
from shared.contracts.claims import SubmitClaim
from shared.envelopes import Outgoing
from shared.errors import Transient
from shared.messaging import PublishFailed, Unroutable
from tests.support.edge_api import Edge, running_edge


def submission(**changes: object) -> dict[str, object]:
    return {
        "claim_type": "massage_therapy",
        "person_id": "dossier-a:1",
        "provider": {"name": "Clinique du Port"},
        "lines": [{"service_date": "2026-03-01", "amount_cents": 9500}],
        "authorisation": {"accepted": True, "text_version": "2026-01"},
        **changes,
    }


async def submit(
    edge: Edge, bearer: dict[str, str], *, key: str = "key-1", body: dict[str, object] | None = None
) -> httpx.Response:
    headers = bearer | {"idempotency-key": key}
    return await edge.client.post("/claims", json=body or submission(), headers=headers)


def command_of(outgoing: Outgoing) -> SubmitClaim:
    return SubmitClaim.model_validate_json(outgoing.body)


@pytest.mark.req("CLM-7")
async def test_a_claim_is_accepted_once_the_broker_has_it(edge: Edge) -> None:
    answer = await submit(edge, edge.bearer(account_id="account-1"))

    assert answer.status_code == 202
    [outgoing] = edge.publisher.published
    command = command_of(outgoing)
    assert answer.json()["claim_number"] == command.claim_number
    assert answer.headers["location"] == f"/claims/{command.claim_number}"
    assert (outgoing.persistent, outgoing.mandatory, outgoing.expires_at) == (True, True, None)
    assert (outgoing.exchange, outgoing.routing_key) == ("claims.commands", "claims.submit_claim.v1")
    assert outgoing.message_id == f"{command.claim_id}:{command.body_sha256[:16]}"
    assert json.loads(str(outgoing.headers["actor"]))["account_id"] == "account-1"
    assert edge.rpc.asked == []


@pytest.mark.req("CLM-7")
async def test_the_same_key_and_body_is_the_same_claim_on_every_process(edge: Edge) -> None:
    first = await submit(edge, edge.bearer(account_id="account-1"))
    async with running_edge() as other:
        second = await submit(other, other.bearer(account_id="account-1"))
        assert second.json()["claim_number"] == first.json()["claim_number"]
        assert other.publisher.published[0].message_id == edge.publisher.published[0].message_id


@pytest.mark.req("CLM-7")
async def test_whitespace_and_the_order_of_members_do_not_make_another_body(edge: Edge) -> None:
    bearer = edge.bearer() | {"idempotency-key": "key-1", "content-type": "application/json"}
    ordered = json.dumps(submission(), indent=2)
    reversed_ = json.dumps(dict(reversed(submission().items())))

    answers = [await edge.client.post("/claims", content=text, headers=bearer) for text in (ordered, reversed_)]

    assert [answer.status_code for answer in answers] == [202, 202]


@pytest.mark.req("CLM-7")
async def test_another_account_with_the_same_key_has_another_claim(edge: Edge) -> None:
    one = await submit(edge, edge.bearer(account_id="account-1"))
    other = await submit(edge, edge.bearer(account_id="account-2"))

    assert one.json()["claim_number"] != other.json()["claim_number"]


@pytest.mark.req("CLM-7")
async def test_the_same_key_with_another_body_is_refused(edge: Edge) -> None:
    bearer = edge.bearer()
    await submit(edge, bearer)

    answer = await submit(edge, bearer, body=submission(claim_type="acupuncture"))

    assert (answer.status_code, answer.json()["code"]) == (422, "claims.idempotency_mismatch")
    assert len(edge.publisher.published) == 1


@pytest.mark.req("CLM-7")
async def test_another_body_is_refused_even_when_another_process_took_the_first(edge: Edge) -> None:
    bearer = edge.bearer(account_id="account-1")
    edge.submissions.rows[derived_id("account-1", "key-1")] = "the digest of another body"

    answers = [await submit(edge, bearer) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert edge.publisher.published == []


@pytest.mark.req("CLM-7")
async def test_two_bodies_under_one_key_at_once_are_two_messages_at_most_and_never_two_claims(edge: Edge) -> None:
    bearer = edge.bearer()

    answers = await asyncio.gather(
        *(submit(edge, bearer, body=submission(claim_type=name)) for name in ("acupuncture", "massage_therapy"))
    )

    assert sorted(answer.status_code for answer in answers) == [202, 422]


@pytest.mark.parametrize("error", [Transient("database.unavailable"), RuntimeError("anything")])
@pytest.mark.req("CLM-7")
async def test_a_database_that_fails_stops_no_claim(edge: Edge, error: Exception) -> None:
    edge.submissions.error = error

    answers = await asyncio.gather(*(submit(edge, edge.bearer(), key=f"key-{n}") for n in range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len(edge.publisher.published) == 20


@pytest.mark.req("CLM-7")
async def test_a_database_that_hangs_stops_no_claim() -> None:
    async with running_edge(idempotency_limit_seconds=0.01) as edge:
        edge.submissions.stalled = asyncio.Event()

        answers = [await submit(edge, edge.bearer(), key=f"key-{n}") for n in range(10)]

        assert {answer.status_code for answer in answers} == {202}
        assert edge.submissions.batches == [1]
        edge.submissions.stalled.set()


@pytest.mark.parametrize("error", [Unroutable("claims.submit_claim.v1"), PublishFailed("claims.submit_claim.v1")])
@pytest.mark.req("CLM-7")
async def test_without_a_confirm_there_is_no_acceptance_and_the_repetition_counts_once(
    edge: Edge, error: Transient
) -> None:
    bearer = edge.bearer()
    edge.publisher.error = error
    refused = await submit(edge, bearer)
    edge.publisher.error = None

    accepted = await submit(edge, bearer)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert accepted.status_code == 202


@pytest.mark.req("CLM-4")
async def test_a_claim_that_is_not_authorised_is_refused(edge: Edge) -> None:
    body = submission(authorisation={"accepted": False, "text_version": "2026-01"})

    answer = await submit(edge, edge.bearer(), body=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "claims.authorisation_required")
    assert edge.publisher.published == []


@pytest.mark.parametrize("key", [None, "", "a b", "é", "k" * 256, "tab\tinside"])
@pytest.mark.req("CLM-7")
async def test_the_key_is_needed_and_visible_ascii(edge: Edge, key: str | None) -> None:
    headers: list[tuple[bytes, bytes]] = [(k.encode(), v.encode()) for k, v in edge.bearer().items()]
    if key is not None:
        headers.append((b"idempotency-key", key.encode("latin-1")))

    answer = await edge.client.post("/claims", json=submission(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "request.idempotency_key")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (submission(lines=[]), "#/lines", "validation.too_short"),
        (submission(lines=[{"service_date": "2026-03-01", "amount_cents": 95.5}]), "#/lines/0/amount_cents", None),
        (submission(lines=[{"service_date": "yesterday", "amount_cents": 1}]), "#/lines/0/service_date", None),
        (submission(claim_type="../secret-canary"), "#/claim_type", "validation.string_pattern_mismatch"),
        (submission(**{"secret-canary": 1}), "#", "validation.extra_forbidden"),
    ],
)
@pytest.mark.req("CLM-3")
async def test_findings_point_at_the_place_and_never_repeat_what_was_sent(
    edge: Edge, body: dict[str, object], pointer: str, code: str | None
) -> None:
    answer = await submit(edge, edge.bearer(), body=body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "request.invalid")
    assert problem["errors"][0]["pointer"] == pointer
    assert code is None or problem["errors"][0]["code"] == code
    assert "canary" not in answer.text
    assert "yesterday" not in answer.text


def test_claim_numbers_are_sixty_bits_in_an_alphabet_without_i_l_o_u() -> None:
    numbers = {claim_number("account", str(n)) for n in range(2_000)}

    assert len(numbers) == 2_000
    assert set("".join(numbers)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    assert {len(number) for number in numbers} == {14}


def test_the_names_of_claims_never_change() -> None:
    assert derived_id("account-1", "key-1") == "9b9cfc5b-a6c4-59a9-8b83-3a7de57feee4"
    assert claim_number("account-1", "key-1") == "8PE6-X6RF-J0N4"
