"""Two agents and a payment run over HTTP: prepared, looked at, refused, stopped, prepared again, approved, settled."""

import secrets

import pytest

from deploy.demo.client import HttpProblem, Json, Person
from tests.support.waiting import eventually
from tests.support.world import SECOND_AGENT, Member, World, claim_body


async def refusal(agent: Person, path: str, body: Json | None = None) -> tuple[int, str | None]:
    with pytest.raises(HttpProblem) as refused:
        await agent.post(path, body)
    return refused.value.status, refused.value.code


async def prepared(world: World, member: Member) -> Json:
    """A run with this member in it; others may be in it as well."""
    agent = await world.agent()
    key = secrets.token_urlsafe(16)
    run = await agent.post("/runs", {"payee_class": "member"}, Idempotency_Key=key)
    assert await agent.post("/runs", {"payee_class": "member"}, Idempotency_Key=key) == run
    payees = (await agent.get(f"/runs/{run['run_id']}/payees", outcome="deposit", limit=500))["payees"]
    assert member.dossier_id in {payee["payee_id"] for payee in payees}
    return run


@pytest.mark.req("PAY-1", "PAY-8")
async def test_a_run_is_stopped_by_one_agent_and_another_one_is_approved_by_two(world: World) -> None:
    member = await world.member()
    await member.enrol()
    await member.decided(await member.submit(claim_body(member.persons[0])))
    await world.payable(member)
    first, second = await world.agent(), await world.agent(SECOND_AGENT)
    before = await first.get("/ledger")

    run = await prepared(world, member)
    path = f"/runs/{run['run_id']}"
    assert (run["state"], run["approvals_needed"]) == ("prepared", 2)
    assert (await first.get("/ledger")) == before
    assert await refusal(first, f"{path}/approval") == (409, "payments.second_agent_needed")
    assert await refusal(second, "/runs", {"payee_class": "member"}) == (409, "payments.run_under_way")
    assert await refusal(first, "/payment-runs", {"payee_class": "member"}) == (409, "payments.two_agents_needed")
    stopped = await second.post(f"{path}/stop", {"reason": "Registre chargé deux fois"})
    assert stopped["state"] == "stopped"
    assert stopped["given_back_cents"] == run["amount_cents"]
    assert await refusal(second, f"{path}/approval") == (409, "payments.run_decided_already")

    again = await prepared(world, member)
    assert again["amount_cents"] >= run["amount_cents"]
    went_out = await world.approve_run(again["run_id"])
    assert went_out["amount_cents"] == again["amount_cents"]
    await world.settled(again["run_id"])
    (payment,) = (await member.person.get("/payments"))["payments"]
    assert payment["status"] == "settled"
    listed = (await first.get("/runs", limit=2))["runs"]
    assert [(one["run_id"], one["state"]) for one in listed] == [
        (again["run_id"], "released"),
        (run["run_id"], "stopped"),
    ]
    await acts_are_kept(world, first, [run["run_id"], again["run_id"]])


async def acts_are_kept(world: World, agent: Person, run_ids: list[str]) -> None:
    """What both agents decided stands in the audit (OPS-7)."""
    audit = world.database("identity")["audit"]

    async def probe() -> bool:
        return {
            (entry["details"]["what"], entry["details"]["run_id"])
            for entry in audit.find({"details.run_id": {"$in": run_ids}})
        } == {
            ("payment_run_prepared", run_ids[0]),
            ("payment_run_stopped", run_ids[0]),
            ("payment_run_prepared", run_ids[1]),
            ("payment_run_approved", run_ids[1]),
        }

    await eventually(probe, "the audit knows what the agents decided")
    assert agent.tokens


@pytest.mark.req("PAY-1")
async def test_agents_see_when_runs_are_due(world: World) -> None:
    agent = await world.agent()
    dates = (await agent.get("/run-dates", limit=20))["dates"]
    assert {date["payee_class"] for date in dates} == {"member", "provider"}
    assert [date["due_at"] for date in dates] == sorted(date["due_at"] for date in dates)
    assert all(date["day"] < date["payable_on"] for date in dates)
