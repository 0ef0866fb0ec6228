"""A member's bank details from the three boxes to their end: warned, changed, told about, looked at, closed."""

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, code_in
from tests.support.waiting import eventually
from tests.support.world import Member, World

BOXES: Json = {"transit": "30123", "institution": "002", "account": "00123456"}


async def refusal(asked: object) -> tuple[int, Json]:
    with pytest.raises(HttpProblem) as problem:
        await asked  # type: ignore[misc]
    return problem.value.status, problem.value.response.json()


async def changed(world: World, member: Member, change: Json) -> Json:
    """A change with its step-up."""
    person = member.person
    started = await person.post("/step-ups", {"action": "direct_deposit_change", "direct_deposit": change})
    code = code_in(await world.mailbox.wait_for(person.email, subject_contains=started["reference"]))
    granted = await person.post(f"/step-ups/{started['step_up_id']}/code", {"code": code})
    view: Json = await person.post("/direct-deposit/changes", change, Step_Up=granted["step_up_token"])
    return view


@pytest.mark.req("BNK-1", "BNK-2", "BNK-3", "BNK-6")
async def test_bank_details_from_the_three_boxes_to_their_end(world: World) -> None:
    member, agent = await world.member(), await world.agent()
    person, path = member.person, f"/administration/direct-deposits/{member.dossier_id}"

    listed = (await world.visitor().get("/institutions"))["institutions"]
    assert {"number": "815", "name": "Desjardins (Québec)"} in listed
    assert (await refusal(world.visitor().get("/institutions/815/branches/30123")))[0] == httpx.codes.NOT_FOUND

    status, problem = await refusal(person.put("/direct-deposit", BOXES | {"transit": "3012"}))
    assert (status, problem["errors"][0]["detail"]) == (422, "Le numéro de transit a cinq chiffres.")
    view = await person.put("/direct-deposit", BOXES)
    assert (view["institution_name"], view["account_ending"]) == ("Banque Scotia", "456")
    assert (view["warnings"], "7 ou 12 chiffres" in view["hints"][0]["message"]) == (
        ["banking.account_length_unusual"],
        True,
    )

    view = await changed(world, member, BOXES | {"account": "000123456789", "replaces": 1})
    assert (view["account_ending"], view["version"], view["hints"]) == ("789", 2, [])
    assert view["held_until"] > view["changed_at"]
    await world.mail_about(person.email, "compte de dépôt direct a été changé", "789")
    items = (await person.get("/direct-deposit/history"))["items"]
    assert [(one["kind"], one["account_ending"], one["by_you"]) for one in items] == [
        ("changed", "789", True),
        ("enrolled", "456", True),
    ]

    assert (await refusal(person.get(path)))[0] == httpx.codes.FORBIDDEN
    seen = await agent.get(path)
    assert seen["direct_deposit"]["account_ending"] == "789"
    assert {one["account_id"] for one in seen["items"]} == {str(member.account["account_id"])}
    assert "123456" not in str(seen)

    assert world.database("banking")["__keyVault"].count_documents({"keyAltNames": member.dossier_id}) == 1
    await agent.post(f"{path}/closing", {"reason": "asked_by_payee"})
    assert world.database("banking")["__keyVault"].count_documents({"keyAltNames": member.dossier_id}) == 0
    assert not (await person.get("/direct-deposit"))["enrolled"]
    assert [one["kind"] for one in (await agent.get(path))["items"]] == ["closed", "changed", "enrolled"]

    async def audited() -> list[str] | None:
        query = f"/administration/audit?about={member.dossier_id}"
        acts = [act["act"] for act in (await agent.get(query))["acts"]]
        return acts if {"sensitive_read", "sensitive_delete"} <= set(acts) else None

    await eventually(audited, "looking and closing stand in the audit")
