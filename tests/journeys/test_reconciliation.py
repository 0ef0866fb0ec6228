"""An agent reconciles a run to zero, over HTTP and on the command line with the rights of the service alone."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.demo.client import HttpProblem, Json
from services.payments.ledger import cli
from tests.support.waiting import eventually
from tests.support.world import World, claim_body


@pytest.mark.req("PAY-6", "PAY-7")
async def test_a_settled_run_reconciles_to_zero_and_every_cent_is_traced(world: World, tmp_path: Path) -> None:
    (member,) = await world.members(1)
    await member.enrol()
    claim = await member.decided(await member.submit(claim_body(member.persons[0])))
    await world.payable(member)
    run = await world.settled((await world.close_run())["run_id"])
    agent = await world.agent()

    async def reconciled() -> Json | None:
        report = await agent.get("/reconciliation", run_id=run["run_id"])
        return report if report["reconciled"] else None

    report = await eventually(reconciled, f"run {run['run_id']} reconciles", timeout_s=20.0)
    assert report is not None
    assert report["run_id"] == run["run_id"]
    assert (report["difference_cents"], report["differences"]) == (0, [])
    (to_bank,) = [one for one in report["equations"] if one["name"] == "file_to_bank"]
    assert to_bank["left"] == {"file_lines": run["amount_cents"]}
    assert to_bank["right"] == {"settled": run["amount_cents"], "returned": 0, "in_transit": 0}
    assert report["batch_count"] == run["payments"]

    with pytest.raises(HttpProblem) as refused:
        await agent.get("/reconciliation", run_id=run["run_id"], from_day="2026-11-20")
    assert refused.value.code == "payments.reconciliation_scope"
    with pytest.raises(HttpProblem) as shut:
        await member.person.get("/reconciliation", run_id=run["run_id"])
    assert shut.value.status == 403

    ledger = await agent.get("/ledger", full="true")
    assert (ledger["sum_cents"], ledger["differences"], ledger["since"]) == (0, [], None)

    environment = {"ACQUIT_MONGODB_URL": world.stack.mongodb_url("payments"), "COLUMNS": "200"}
    traced = await asyncio.to_thread(CliRunner().invoke, cli, ["trace", claim["claim_number"]], env=environment)
    assert traced.exit_code == 0, traced.output
    for step in ("adjudicated", "payable", "in batch", "file line", "bank: settlement", "in_transit:", "settled/"):
        assert step in traced.output
    arguments = ["reconcile", "--run", run["run_id"], "--output", str(tmp_path)]
    written = await asyncio.to_thread(CliRunner().invoke, cli, arguments, env=environment)
    assert written.exit_code == 0, written.output
    assert json.loads((tmp_path / "reconciliation.json").read_text(encoding="utf-8"))["reconciled"] is True
    for name in ("reconciliation.txt", "reconciliation-batches.csv", "reconciliation-differences.csv"):
        assert (tmp_path / name).stat().st_size
