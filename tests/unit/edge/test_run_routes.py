"""Runs with two agents over HTTP: what is sent, and what is refused before anything is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.payments_runs import ApproveRun, ListRunPayees, PrepareRun, RunPayeesPage, RunPreview, StopRun
from tests.support.edge_api import Edge

pytestmark = pytest.mark.req("PAY-8")


def preview(message: Any) -> RunPreview:
    return RunPreview(
        run_id=message.run_id,
        payee_class="member",
        state="prepared",
        begun_at=datetime(2026, 11, 20, 15, tzinfo=UTC),
        approvals_needed=2,
        payees=0,
        claims=0,
        amount_cents=0,
        carried_over_payees=0,
        carried_over_cents=0,
    )


@pytest.fixture
def agent(edge: Edge) -> dict[str, str]:
    for message in (PrepareRun, ApproveRun, StopRun):
        edge.rpc.replies[message] = preview
    return edge.bearer(roles=("agent",), account_id="agent-1", dossier_id=None)


async def test_a_run_prepared_twice_under_one_key_is_one_run(edge: Edge, agent: dict[str, str]) -> None:
    async def prepare(**more: str) -> str:
        answer = await edge.client.post("/runs", json={"payee_class": "member"}, headers=agent | more)
        assert answer.status_code == 201
        run_id = str(answer.json()["run_id"])
        assert answer.headers["location"] == f"/runs/{run_id}"
        return run_id

    keyed = [await prepare(**{"idempotency-key": "november"}) for _ in range(2)]
    assert keyed[0] == keyed[1] != await prepare()


async def test_who_approves_and_who_stops_is_the_caller(edge: Edge, agent: dict[str, str]) -> None:
    await edge.client.post("/runs/run-1/approval", headers=agent)
    await edge.client.post("/runs/run-1/stop", json={"reason": "twice the same"}, headers=agent)
    assert [asked.message for asked in edge.rpc.asked] == [
        ApproveRun(run_id="run-1"),
        StopRun(run_id="run-1", reason="twice the same"),
    ]
    assert {asked.actor.account_id for asked in edge.rpc.asked if asked.actor is not None} == {"agent-1"}


async def test_a_run_is_not_stopped_without_a_reason(edge: Edge, agent: dict[str, str]) -> None:
    answer = await edge.client.post("/runs/run-1/stop", json={"reason": ""}, headers=agent)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/reason"
    assert edge.rpc.asked == []


async def test_payees_are_asked_for_by_outcome_and_page(edge: Edge, agent: dict[str, str]) -> None:
    edge.rpc.replies[ListRunPayees] = RunPayeesPage(payees=())
    await edge.client.get("/runs/run-1/payees?outcome=held&after=payee-1&limit=2", headers=agent)
    (asked,) = edge.rpc.asked
    assert asked.message == ListRunPayees(run_id="run-1", outcome="held", after="payee-1", limit=2)
    wrong = await edge.client.get("/runs/run-1/payees?outcome=rich", headers=agent)
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "outcome")
