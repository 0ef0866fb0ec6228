"""Claims of providers at the edge, one by one and in batches (CLM-6, CLM-7)."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.edge.claim_batches import COLUMNS, ROWS_LIMIT, Candidate, read_csv, read_json
from services.edge.intake import derived_id
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.claims.provider_claims import SubmitProviderClaim
from shared.envelopes import Outgoing
from shared.errors import AppError
from tests.support.edge_api import Edge

pytestmark = pytest.mark.req("CLM-6")

HEADER = "reference,contract_number,certificate_number,birth_date,claim_type,service_date,amount"
ROW = "R-{n},100200,0005501,1985-02-20,physiotherapy,2026-03-0{n},95.00"


def provider(edge: Edge, **overrides: Any) -> dict[str, str]:
    who = {"roles": ("provider",), "provider_id": "provider-1", "services": ("billing",), **overrides}
    actor = Actor(account_id=new_id(), session_id=new_id(), **who)
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    return {"authorization": f"Bearer {token}"}


def claim(**changes: object) -> dict[str, object]:
    return {
        "patient": {"contract_number": "100200", "certificate_number": "0005501", "birth_date": "1985-02-20"},
        "claim_type": "physiotherapy",
        "lines": [{"service_date": "2026-03-01", "amount_cents": 9500}],
        "authorisation": {"accepted": True, "text_version": "1"},
        **changes,
    }


async def send(edge: Edge, body: str | bytes, *, key: str = "batch-1", media_type: str = "text/csv") -> httpx.Response:
    headers = provider(edge) | {"idempotency-key": key, "content-type": media_type, "accept-language": "en"}
    return await edge.client.post("/provider/claims/batches", content=body, headers=headers)


def command_of(outgoing: Outgoing) -> SubmitProviderClaim:
    return SubmitProviderClaim.model_validate_json(outgoing.body)


@pytest.mark.req("CLM-7")
async def test_a_claim_is_the_provider_s_whoever_acts_for_it(edge: Edge) -> None:
    delegate = provider(edge, roles=("delegate",), on_behalf_of="provider-1")
    answers = [
        await edge.client.post("/provider/claims", json=claim(), headers=who | {"idempotency-key": "k-1"})
        for who in (provider(edge), delegate)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["claim_number"] == answers[1].json()["claim_number"]
    first = edge.publisher.published[0]
    assert command_of(first).claim_id == derived_id("provider|provider-1", "k-1")
    assert (first.routing_key, first.persistent, first.expires_at) == ("claims.submit_provider_claim.v1", True, None)


async def test_only_those_who_may_bill_do(edge: Edge) -> None:
    for who in (edge.bearer(), provider(edge, roles=("delegate",), services=("inbox",), on_behalf_of="provider-1")):
        answer = await edge.client.post("/provider/claims", json=claim(), headers=who | {"idempotency-key": "k-1"})
        assert answer.status_code == 403
    assert edge.publisher.published == []


async def test_without_the_patient_s_assignment_nothing_is_taken(edge: Edge) -> None:
    body = claim(authorisation={"accepted": False, "text_version": "1"})

    answer = await edge.client.post("/provider/claims", json=body, headers=provider(edge) | {"idempotency-key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (422, "claims.authorisation_required")


async def test_a_batch_takes_what_it_can_and_says_what_it_cannot(edge: Edge) -> None:
    wrong = "R-9,100200,0005501,1985-02-30,physiotherapy,2026-03-01,95.00"
    body = "\n".join([HEADER, ROW.format(n=1), wrong, ROW.format(n=2), ROW.format(n=2).replace("02,", "05,")])

    answer = await send(edge, body)

    assert answer.status_code == 200
    taken = answer.json()
    assert (taken["accepted"], taken["refused"]) == (2, 1)
    assert [(each["line"], each["status"]) for each in taken["results"]] == [
        (2, "accepted"), (3, "refused"), (4, "accepted"),
    ]  # fmt: skip
    refused = taken["results"][1]
    assert (refused["reference"], refused["field"]) == ("R-9", "#/patient/birth_date")
    assert refused["code"].startswith("validation.")
    assert refused["detail"]
    second = command_of(edge.publisher.published[1])
    assert [line.service_date.day for line in second.submission.lines] == [2, 5]


@pytest.mark.parametrize("typed", ["cinquante", "", "-1"])
async def test_an_amount_that_cannot_be_read_is_told_in_dollars(edge: Edge, typed: str) -> None:
    body = "\n".join([HEADER, ROW.format(n=1).replace("95.00", typed), ROW.format(n=2)])

    first, second = (await send(edge, body)).json()["results"]

    assert (first["status"], first["code"], second["status"]) == ("refused", "claims.batch_amount", "accepted")
    assert "“amount”" in first["detail"]
    assert "dollars" in first["detail"]


@pytest.mark.req("CLM-7")
async def test_a_batch_sent_again_is_the_same_claims(edge: Edge) -> None:
    body = "\n".join([HEADER, ROW.format(n=1), ROW.format(n=2)])

    first, again = await send(edge, body), await send(edge, body)
    other = await send(edge, body, key="batch-2")

    assert first.json() == again.json()
    assert {each["claim_number"] for each in other.json()["results"]}.isdisjoint(
        each["claim_number"] for each in first.json()["results"]
    )


@pytest.mark.req("CLM-7")
async def test_a_row_that_changed_under_its_reference_is_refused_alone(edge: Edge) -> None:
    await send(edge, "\n".join([HEADER, ROW.format(n=1), ROW.format(n=2)]))

    again = await send(edge, "\n".join([HEADER, ROW.format(n=1).replace("95.00", "96.00"), ROW.format(n=2)]))

    assert [each["status"] for each in again.json()["results"]] == ["refused", "accepted"]
    assert again.json()["results"][0]["code"] == "claims.idempotency_mismatch"


async def test_json_is_taken_the_same_way(edge: Edge) -> None:
    items = [{"reference": "A", **claim()}, {"reference": "A", **claim()}, {"reference": "B"}, 7]

    answer = await send(edge, json.dumps(items), media_type="application/json")

    assert [each["status"] for each in answer.json()["results"]] == ["accepted", "refused", "refused", "refused"]
    assert answer.json()["results"][1]["code"] == "claims.batch_reference_repeated"


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        ("", "text/csv", 422, "claims.batch_columns"),
        (HEADER, "text/csv", 422, "claims.batch_empty"),
        (HEADER + ",colour\n", "text/csv", 422, "claims.batch_columns"),
        (HEADER + ",amount\n", "text/csv", 422, "claims.batch_columns"),
        (HEADER.encode() + b"\n\xff", "text/csv", 422, "claims.batch_not_utf8"),
        (HEADER + '\n"never closed', "text/csv", 400, "request.malformed"),
        ("[]", "application/json", 422, "claims.batch_empty"),
        ("{}", "application/json", 400, "request.malformed"),
        ("[", "application/json", 400, "request.malformed"),
        ("x", "application/xml", 415, "request.unsupported_media_type"),
    ],
)
async def test_what_is_no_batch_is_refused_as_a_whole(
    edge: Edge, body: str | bytes, media_type: str, status: int, code: str
) -> None:
    answer = await send(edge, body, media_type=media_type)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_more_rows_than_a_batch_takes_are_refused() -> None:
    with pytest.raises(AppError) as refused:
        read_csv("\n".join([HEADER, *(f"R-{n},,,,,," for n in range(ROWS_LIMIT + 1))]).encode())
    assert refused.value.code == "claims.batch_too_long"
    with pytest.raises(AppError):
        read_json(json.dumps([{}] * (ROWS_LIMIT + 1)).encode())


@pytest.mark.parametrize(
    ("text", "cents"),
    [("95", 9500), ("95.5", 9550), ("95,50", 9550), ("0.07", 7), ("1 000", "1 000"), ("9.999", "9.999"), ("-1", "-1")],
)
def test_amounts_are_read_exactly_or_not_at_all(text: str, cents: int | str) -> None:
    header, row = HEADER.replace(",", ";"), ROW.format(n=1).replace(",", ";").replace("95.00", text)

    [read] = read_csv(f"\ufeff{header}\r\n{row}\r\n".encode())

    assert read.fields["lines"][0]["amount_cents"] == cents


def test_a_drug_has_its_own_columns() -> None:
    header = f"{HEADER},din,quantity,days_supplied,ingredient_cost,dispensing_fee"
    [read] = read_csv(f'{header}\n{ROW.format(n=1)},02242903,"2,5",30,85.00,10.00\n'.encode())

    assert read.fields["lines"][0]["drug"] == {
        "din": "02242903", "quantity": "2.5", "days_supplied": 30, "ingredient_cents": 8500, "fee_cents": 1000,
    }  # fmt: skip


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    [read] = read_csv(f'{HEADER}\n"=HYPERLINK(""x"")",100200,1,1985-02-20,p,2026-03-01,1\n'.encode())

    assert read.fields["reference"] == '=HYPERLINK("x")'


cells = st.text(st.characters(codec="utf-8"), max_size=12)


def as_csv(rows: list[list[str]]) -> bytes:
    return "\n".join([",".join(COLUMNS[:7]), *(",".join(row) for row in rows)]).encode()


@given(st.one_of(st.binary(max_size=200), st.lists(st.lists(cells, max_size=8), max_size=6).map(as_csv)))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_file_holds_it_is_read_or_refused(body: bytes) -> None:
    for reader in (read_csv, read_json):
        try:
            found = reader(body)
        except AppError:
            continue
        assert all(isinstance(each, Candidate) for each in found)


@given(st.lists(st.dictionaries(st.sampled_from(["reference", "patient", "lines", "x"]), st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=3),
)), min_size=1, max_size=4))  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_whatever_the_rows_hold_the_answer_is_one_result_each(edge: Edge, rows: list[dict[str, Any]]) -> None:
    answer = await send(edge, json.dumps(rows), media_type="application/json")

    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert answer.json()["refused"] == len(rows)
