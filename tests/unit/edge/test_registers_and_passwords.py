"""Registers by CSV and passwords at the edge (REG-15, REG-20)."""

from datetime import timedelta

import pytest

from shared.clock import new_id
from shared.contracts import Actor, Done
from shared.contracts.identity import RosterReport
from shared.contracts.identity.passwords import ChangePassword, ReissueTemporaryPassword
from shared.contracts.identity.providers import LoadRegisterRows
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

CSV = {"content-type": "text/csv"}


def agent(edge: Edge) -> dict[str, str]:
    return edge.bearer(roles=("agent",), dossier_id=None)


@pytest.mark.req("REG-20")
@pytest.mark.parametrize("register", ["providers", "provider-kinds", "professionals", "statements"])
async def test_a_register_goes_out_in_slices_under_its_name(edge: Edge, register: str) -> None:
    edge.rpc.replies[LoadRegisterRows] = lambda message: RosterReport(accepted=len(message.lines), unchanged=0)
    content = "\n".join(["a,b", *(f"{n},1" for n in range(700))]).encode()

    answer = await edge.client.post(f"/administration/registers/{register}", content=content, headers=agent(edge) | CSV)

    assert (answer.status_code, answer.json()["accepted"]) == (200, 700)
    sent = edge.rpc.of(LoadRegisterRows)
    assert [(one.register_name, one.header, one.first_line, len(one.lines)) for one in sent] == [
        (register, "a,b", 2, 500),
        (register, "a,b", 502, 200),
    ]


@pytest.mark.req("REG-20")
async def test_a_register_that_does_not_exist_is_refused_before_its_body_is_read(edge: Edge) -> None:
    answer = await edge.client.post("/administration/registers/nonsense", content=b"a\n1\n", headers=agent(edge) | CSV)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "register_name")
    assert edge.rpc.asked == []


@pytest.mark.req("REG-15")
async def test_both_passwords_travel_sealed_for_the_callers_account(edge: Edge) -> None:
    edge.rpc.replies[ChangePassword] = Done()
    body = {"current_password": "abcd-efgh-jkmn-pqrs", "new_password": "Tortue-Verte-88"}

    answer = await edge.client.put("/me/password", json=body, headers=edge.bearer(account_id="account-1"))

    assert answer.status_code == 200
    (command,) = edge.rpc.of(ChangePassword)
    opener, binding = keys.opener("identity"), Binding("password", "account-1")
    assert [
        opener.open(sealed, binding=binding, now=edge.clock())
        for sealed in (command.current_password, command.new_password)
    ] == list(body.values())


@pytest.mark.req("REG-15")
async def test_a_temporary_password_opens_nothing_but_its_replacement(edge: Edge) -> None:
    edge.rpc.replies[ChangePassword] = Done()
    actor = Actor(
        account_id=new_id(),
        session_id=new_id(),
        roles=("provider",),
        provider_id=new_id(),
        restrictions=("new_password", "terms"),
    )
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    headers = {"authorization": f"Bearer {token}"}
    closed = await edge.client.get("/direct-deposit", headers=headers)
    body = {"current_password": "abcd", "new_password": "Tortue-Verte-88"}
    opened = await edge.client.put("/me/password", json=body, headers=headers)
    assert (closed.status_code, closed.json()["code"]) == (403, "access.restricted_new_password")
    assert opened.status_code == 200


@pytest.mark.req("REG-15")
async def test_agents_have_a_temporary_password_sent_again(edge: Edge) -> None:
    edge.rpc.replies[ReissueTemporaryPassword] = Done()
    answer = await edge.client.post("/administration/accounts/account-7/temporary-password", headers=agent(edge))
    assert answer.status_code == 202
    assert edge.rpc.of(ReissueTemporaryPassword) == [ReissueTemporaryPassword(account_id="account-7")]
